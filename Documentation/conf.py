# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx, for "make doc": html from the documents, the manual pages and the uapi header."""
import os

project = "qmsg"
author = "The qmsg authors"
release = os.environ["QMSG_VERSION"]
extensions = ["sphinx.ext.graphviz"]
graphviz_output_format = "svg"
# What kernel-doc makes of macros and of the types of the kernel has no page of its own.
nitpicky = False
html_theme = "alabaster"
html_static_path = []
html_copy_source = False
exclude_patterns = ["generated"]
