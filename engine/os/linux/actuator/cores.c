/* cores.c -- what kinds of cores mean on this machine.
 *
 * Nothing is read before somebody asks for a kind; then again only when other
 * CPUs are online than were.
 */

#include <errno.h>

#include "os/linux/actuator/actuator.h"

static int topology_freshen(struct linux_actuator *a)
{
	if (a->topology.online[0] != '\0' &&
	    !topology_is_old(&a->topology, a->devices))
		return 0;
	return topology_read(a->devices, &a->topology);
}

int64_t cores_resolve(struct linux_actuator *a, int64_t kinds,
                      const char **ret_why)
{
	uint8_t wanted[CORE_KINDS_BYTES], cpus[CPUS_MAX / 8];
	int64_t id;
	int     r = interned_core_kinds(a->sets, kinds, wanted);

	*ret_why = "the kernel does not tell which CPUs there are "
	           "(/sys/devices/system/cpu)";
	if (r == 0)
		r = topology_freshen(a);
	if (r < 0)
		return r;
	*ret_why = topology_cpus(&a->topology, wanted, cpus);
	if (*ret_why != NULL)
		return -ENOENT;
	id = interned_add_cpus(a->sets, cpus, sizeof cpus);
	if (id < 0)
		*ret_why = "too many different sets of CPUs are in use";
	return id;
}
