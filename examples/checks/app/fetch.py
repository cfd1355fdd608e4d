# SPDX-License-Identifier: MIT
"""Stands for what downloads from a private index with the password of ~/.netrc."""
import netrc

user, _, password = netrc.netrc().authenticators("packages.example.org")
assert user and password
