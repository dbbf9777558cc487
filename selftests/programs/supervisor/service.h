/* SPDX-License-Identifier: GPL-2.0-only */
#define SUPERVISOR_NAME "programs/supervisor"

#define SV_HELLO   0x7001
#define SV_WORKING 0x7002

struct sv_msg {
	uint16_t type;
	uint16_t id;
	uint32_t step;
};
