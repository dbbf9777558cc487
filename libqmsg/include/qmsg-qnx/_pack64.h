/* SPDX-License-Identifier: MIT */
/* Included around struct definitions, any number of times. */
#pragma pack(push, 8)
