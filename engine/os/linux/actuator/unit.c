/* unit.c -- settings of a systemd unit as a whole.
 *
 * systemd is asked by an errand, and what it is asked one after the other.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/interned.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/actuator/duty.h"
#include "os/linux/actuator/units.h"
#include "os/linux/sensor/errands.h"

#define TOO_MANY "too many are under way already"

struct unit_errand {
	struct errand     errand;
	struct units     *units;
	struct unit_order order;
	char              cpus[CPU_LIST_MAX];
};

static bool is_of_cpus(enum setting s)
{
	return setting_rows[s].type == SETTING_TYPE_CPUS;
}

static int unit_key(void *self, struct task_id whom, enum setting s,
                    struct task_id *ret_key, bool *ret_alone,
                    const char **ret_why)
{
	struct linux_actuator *a = self;

	*ret_why = unit_lack(a, s);
	if (*ret_why != NULL)
		return -ENODATA;
	return units_key(a->units, whom.pid, ret_key, ret_alone, ret_why);
}

int unit_read(struct linux_actuator *a, struct task_id key, enum setting s,
              int64_t *ret_value)
{
	char    text[CPU_LIST_MAX];
	int64_t value = 0;
	int     r = units_read(a->units, key, s, &value, text, sizeof text);

	if (r == 0 && is_of_cpus(s))
		value = interned_read_cpus(a->sets, text);
	if (r < 0 || value < 0)
		return r < 0 ? r : (int)value;
	*ret_value = value;
	return 0;
}

static void run_unit(struct errand *e)
{
	struct unit_errand *u = (struct unit_errand *)e;

	e->about.in_doubt = !units_carry_out(u->units, &u->order,
	                                     &e->about.turned);
}

static struct unit_errand *errand_new(struct linux_actuator *a,
                                      struct task_id key, enum setting s,
                                      int64_t value)
{
	struct unit_errand *u = calloc(1, sizeof *u);

	if (u == NULL)
		return NULL;
	if (is_of_cpus(s))
		text_copy(u->cpus, sizeof u->cpus,
		          interned_text(a->sets, value));
	u->units = a->units;
	u->errand = (struct errand){ { .whom = key, .setting = s,
	                               .wanted = value }, -1, run_unit };
	if (units_order(a->units, key, s, value, u->cpus, &u->order) == 0)
		return u;
	free(u);
	return NULL;
}

static void send_off(struct linux_actuator *a, struct unit_errand *u,
                     struct turned *ret)
{
	*ret = (struct turned){ EFFECT_DENIED, TOO_MANY, ret->now };
	if (errands_ask(a->calls, &u->errand) == 0)
		*ret = (struct turned){ EFFECT_UNDERWAY, "", ret->now };
	else
		errand_free(&u->errand);
}

void unit_apply(struct linux_actuator *a, struct task_id key, enum setting s,
                int64_t value, struct turned *ret)
{
	struct unit_errand *u;
	int64_t             now = value;

	if (s == SETTING_cpu_limit)
		value = duties_share(value);
	(void)unit_read(a, key, s, &now);
	*ret = (struct turned){ EFFECT_GONE, "", now };
	u = errand_new(a, key, s, value);
	if (u == NULL)
		return;
	if (!a->waits) {
		send_off(a, u, ret);
		return;
	}
	u->errand.run(&u->errand);
	*ret = u->errand.about.turned;
	errand_free(&u->errand);
}

bool unit_landed(struct linux_actuator *a, struct landed *ret_landed)
{
	struct errand *e = a->calls == NULL ? NULL : errands_done(a->calls);

	if (e == NULL)
		return false;
	*ret_landed = e->about;
	errand_free(e);
	return true;
}

const char *unit_lack(const struct linux_actuator *a, enum setting s)
{
	if (setting_rows[s].scope != SETTING_SCOPE_GROUP || a->units == NULL)
		return "no systemd runs here";
	return units_lack(a->units, s);
}

uint64_t unit_can(const struct linux_actuator *a)
{
	uint64_t can = 0;

	for (int s = 0; s < SETTING_COUNT; s++)
		if (unit_lack(a, (enum setting)s) == NULL)
			can |= SETTING_BIT(s);
	return can;
}

const char *linux_units_try(const struct actuator *door)
{
	const struct linux_actuator *a = door->self;

	return a->units == NULL ? "no systemd runs here" : units_try(a->units);
}

void unit_door(struct linux_actuator *a, struct actuator *door)
{
	if (unit_can(a) != 0)
		door->unit_key = unit_key;
}
