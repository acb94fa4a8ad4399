/* trial.h -- trying a setting on a process made for it. */
#ifndef COMMAND_TRIAL_H
#define COMMAND_TRIAL_H

#include "model/intent.h"
#include "os/os.h"

#define TRIAL_TEXT_MAX 512

struct trial {
	enum setting setting;
	const char  *value;             /* NULL: one of the CPUs it may have  */
};

struct finding {
	const char *state;              /* works, partly, or an effect's name */
	char        tried[VALUE_TEXT_MAX];
	char        because[TRIAL_TEXT_MAX];
};

extern const struct trial trials[];
extern const size_t       trial_count;

/* An intent is tried as the knobs it stands for.  0, or -errno: there was no
 * process to try it on. */
int trial_run(const struct trial *t, const struct actuator *door,
              const struct intents *intents, struct interned *sets,
              struct finding *ret_finding);

#endif
