/* bus.h -- properties of a systemd unit, read and set over D-Bus. */
#ifndef UNITS_BUS_H
#define UNITS_BUS_H

#include "os/linux/actuator/units_message.h"

struct bus;

/* Talks to systemd itself; where it does not listen, through the system's bus.
 * address is of a peer that stands for it; NULL: none does.  Nothing is opened
 * yet.  NULL: no memory. */
struct bus *bus_new(const char *address);
/* NULL is fine. */
void bus_free(struct bus *b);

/* Never takes longer than the question says. */
void bus_ask(struct bus *b, const struct units_question *q,
             struct units_answer *ret_answer);

#endif
