/* sensor.h -- the sensor's parts, for those who open it and those who wait. */
#ifndef OS_LINUX_SENSOR_SENSOR_H
#define OS_LINUX_SENSOR_SENSOR_H

#include <signal.h>
#include <sys/epoll.h>

#include "os/linux/doors.h"
#include "os/linux/host/host.h"
#include "os/linux/sensor/connector.h"
#include "os/linux/sensor/look.h"
#include "os/linux/sensor/poll.h"
#include "os/linux/urgency.h"

#define READY_MAX 16            /* descriptors served in one go               */

struct linux_os {
	int                  epoll;
	struct queue         queue;
	uint64_t             woken_ns;          /* when the last wait ended   */
	struct procfs        procfs;
	struct look          look;
	struct connector    *connector;         /* or                         */
	struct poller       *poller;
	struct linux_host    host;
	struct urgency       urgency;
	struct source        signals;
	struct duties       *duties;    /* the actuator's; NULL: none        */
	sigset_t             mask_before;
	bool                 masked;            /* mask_before is owed        */
	struct epoll_event   ready[READY_MAX];  /* being served now           */
	int                  ready_count;
};

/* When the wait ends though nothing happened; UINT64_MAX: never. */
uint64_t sensor_due_ns(const struct linux_os *os);
/* Fills the door with what waits, looks and tells. */
void sensor_fill(struct linux_os *os, struct sensor *ret_sensor);

/* SIGINT and SIGTERM become EVENT_STOP until closed, and SIGHUP that somebody
 * sent EVENT_RELOAD.  0 or -errno. */
int  signals_open(struct linux_os *os);
/* The signal mask is again what it was. */
void signals_close(struct linux_os *os);

#endif
