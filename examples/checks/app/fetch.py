# SPDX-License-Identifier: MIT
"""Stands for what downloads from a private index with the password of ~/.netrc."""
import netrc
import os

user, _, password = netrc.netrc(os.path.expanduser("~/.netrc")).authenticators("packages.example.org")
assert user and password
