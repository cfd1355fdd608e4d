# SPDX-License-Identifier: MIT
"""Stands for the download of something large."""
with open("model.bin", "wb") as model:
    model.write(bytes(8 << 20))
