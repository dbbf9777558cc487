// SPDX-License-Identifier: MIT
#include "internal.h"

/* Of a network, of kinds of channel that QNX has given up, or what Linux cannot do. */
#define NOT_HERE	(_NTO_CHF_NET_MSG | _NTO_CHF_ASYNC_NONBLOCK | _NTO_CHF_ASYNC | \
			 _NTO_CHF_GLOBAL | _NTO_CHF_MSG_PAUSING | _NTO_CHF_INHERIT_RUNMASK | \
			 _NTO_CHF_UNBLOCK_TIMER)

QMSG_API int ChannelCreate_r(unsigned flags)
{
	int q = qmsg_qnx_context();

	if (q < 0)
		return q;
	return flags & NOT_HERE ? -ENOSYS : qmsg_channel_create(q, flags);
}

QMSG_API int ChannelCreate(unsigned flags)
{
	return (int)qmsg_qnx_number(ChannelCreate_r(flags));
}

static int pool_event(struct qmsg_channel_create *args, const struct nto_channel_config *config)
{
	if (config->options & ~(unsigned)_NTO_CHO_CUSTOM_EVENT)
		return -EINVAL;
	if (!(config->options & _NTO_CHO_CUSTOM_EVENT))
		return 0;
	args->pool_rearm = config->rearm_threshold;
	return qmsg_qnx_event(&args->pool_event, &config->event);
}

/*
 * Without an event QNX kills the process whose channel is full. Here it only is full, as
 * every other channel.
 */
QMSG_API int ChannelCreatePulsePool_r(unsigned flags, const struct nto_channel_config *config)
{
	struct qmsg_channel_create args = { .flags = flags & ~(unsigned)_NTO_CHF_PULSE_POOL };
	int q = qmsg_qnx_context();
	int ret;

	if (q < 0)
		return q;
	if (flags & NOT_HERE)
		return -ENOSYS;
	if (!config)
		return -EFAULT;
	if (!config->num_pulses)
		return -EINVAL;
	args.pulse_limit = config->num_pulses;
	ret = pool_event(&args, config);
	return ret ? ret : qmsg_channel_create_with(q, &args);
}

QMSG_API int ChannelCreatePulsePool(unsigned flags, const struct nto_channel_config *config)
{
	return (int)qmsg_qnx_number(ChannelCreatePulsePool_r(flags, config));
}

QMSG_API int ChannelDestroy_r(int chid)
{
	int q = qmsg_qnx_context();

	return q < 0 ? -q : -qmsg_channel_destroy(q, chid);
}

QMSG_API int ChannelDestroy(int chid)
{
	return qmsg_qnx_success(ChannelDestroy_r(chid));
}
