/* connector.h -- the kernel's stream of births, execs, renames and exits. */
#ifndef OS_LINUX_SENSOR_CONNECTOR_H
#define OS_LINUX_SENSOR_CONNECTOR_H

#include "os/linux/doors.h"
#include "os/linux/sensor/queue.h"

struct connector;

/* 0, or -errno: refused here.  *ret_bytes is the buffer that was granted. */
int  connector_open(struct linux_os *os, struct queue *queue, int64_t bytes,
                    struct connector **ret_connector, int64_t *ret_bytes);
/* Queues what was told so far, as if it had woken us; NULL is fine. */
void connector_catch_up(struct connector *c);
/* There was no time to read all that came; NULL is fine. */
bool connector_is_behind(const struct connector *c);
/* Whether messages about single threads shall wake us at all. */
int  connector_threads(struct connector *c, bool wanted);
void connector_close(struct connector *c);              /* NULL is fine       */

#endif
