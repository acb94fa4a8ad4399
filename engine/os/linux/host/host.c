/* host.c -- what is true of the machine: from those who look to who is told. */

#include "os/linux/host/host.h"

#include <errno.h>

#include "os/linux/sensor/sensor.h"

static const enum host_fact pressures[HOST_PRESSURES] = {
	[HOST_PRESSURE_MEMORY] = HOST_memory_pressure,
	[HOST_PRESSURE_CPU]    = HOST_cpu_pressure,
	[HOST_PRESSURE_IO]     = HOST_io_pressure,
};

void linux_host_open(struct linux_host *h, const struct procfs *procfs,
                     const struct linux_options *o)
{
	memory_open(&h->memory, procfs, o->shortage);
	for (int i = 0; i < HOST_PRESSURES; i++)
		pressure_open(&h->pressure[i], pressures[i],
		              pressure_files[i], procfs, &o->pressure[i],
		              i == HOST_PRESSURE_MEMORY ? &h->memory : NULL);
	devices_open(&h->devices, "/sys/class/power_supply");
	sampler_open(&h->sampler, procfs, "/dev");
	daytime_open(&h->daytime);
}

void linux_host_say(struct linux_os *os, enum host_fact f, int status,
                    int64_t value)
{
	struct linux_host *h = &os->host;
	struct event       e = { .kind = EVENT_HOST };
	struct host        now = { 0 };
	bool               first = (h->heard & HOST_BIT(f)) == 0;

	if (status == 0)
		host_set(&now, f, value);
	if (!first && !host_bounds_news(&h->bounds[f], f, &h->told, &now))
		return;
	host_take(&h->told, &now, f);
	h->heard |= HOST_BIT(f);
	e.u.host.fact = f;
	e.u.host.unreadable = status != 0;
	e.u.host.value = now.value[f];
	if (!first)
		(void)linux_queue(os, &e);      /* host() has it in any case  */
}

/* No news of devices, or no trigger, is a matter of being late, not of being
 * wrong: what is not told is read. */
void linux_host_watch(struct linux_host *h, struct linux_os *os,
                      const struct interest *what)
{
	h->wanted = what->host;
	host_bounds_copy(h->bounds, what->bounds);
	for (int i = 0; i < HOST_PRESSURES; i++)
		pressure_watch(&h->pressure[i], os,
		               (what->host & HOST_BIT(pressures[i])) != 0);
	(void)devices_watch(&h->devices, os, what->host);
	sampler_watch(&h->sampler, os, what->host);
	(void)daytime_watch(&h->daytime, os, what->host);
}

static int host_read(struct linux_host *h, enum host_fact f, int64_t *ret_value)
{
	for (int i = 0; i < HOST_PRESSURES; i++)
		if (f == pressures[i])
			return pressure_now(&h->pressure[i], ret_value);
	switch (f) {
	case HOST_on_battery:
	case HOST_cores:
		return devices_now(&h->devices, f, ret_value);
	case HOST_time:
	case HOST_weekday:
		return daytime_now(&h->daytime, f, ret_value);
	case HOST_os:
		*ret_value = HOST_OS_LINUX;
		return 0;
	default:
		return sampler_now(&h->sampler, f, ret_value);
	}
}

int linux_host_now(struct linux_host *h, enum host_fact f, int64_t *ret_value)
{
	struct host now = { 0 };

	if ((h->wanted & h->heard & HOST_BIT(f)) == 0) {
		if (host_read(h, f, &now.value[f]) == 0)
			now.known |= HOST_BIT(f);
		host_take(&h->told, &now, f);
		h->heard |= HOST_BIT(f);
	}
	if (!host_knows(&h->told, f))
		return -ENODATA;
	*ret_value = h->told.value[f];
	return 0;
}

uint64_t linux_host_due_ns(const struct linux_host *h)
{
	uint64_t due = sampler_due_ns(&h->sampler);

	for (int i = 0; i < HOST_PRESSURES; i++)
		if (h->pressure[i].due_ns < due)
			due = h->pressure[i].due_ns;
	return due;
}

void linux_host_look(struct linux_host *h, struct linux_os *os,
                     uint64_t now_ns)
{
	for (int i = 0; i < HOST_PRESSURES; i++)
		if (h->pressure[i].due_ns <= now_ns)
			pressure_read(&h->pressure[i], os, now_ns);
	if (sampler_due_ns(&h->sampler) <= now_ns)
		sampler_look(&h->sampler, os, now_ns);
}

void linux_host_close(struct linux_host *h, struct linux_os *os)
{
	for (int i = 0; i < HOST_PRESSURES; i++)
		pressure_close(&h->pressure[i], os);
	devices_close(&h->devices, os);
	daytime_close(&h->daytime, os);
}
