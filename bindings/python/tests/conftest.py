# SPDX-License-Identifier: MIT
"""What the tests of the module share. tests/api/python.test says where things are."""
import ctypes
import os

import pytest
from verify_prod import Runner, Spec

pytest_plugins = ["pytester"]


@pytest.fixture
def played():
    """An engine that is played (played.c): one image, "played:1", with a secret in its history."""
    if "VPROD_PLAYED" not in os.environ:
        pytest.skip("played.c was not compiled")
    library = ctypes.CDLL(os.environ["VPROD_PLAYED"])
    library.played_runner.restype = ctypes.c_void_p
    return Runner.from_address(library.played_runner())


@pytest.fixture
def spec(tmp_path):
    made = Spec(tmp_path)
    made.set("image.ref", "played:1")
    return made
