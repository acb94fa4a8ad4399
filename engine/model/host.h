/* host.h -- what is true of the whole machine. */
#ifndef MODEL_HOST_H
#define MODEL_HOST_H

#include <stddef.h>
#include <stdint.h>

enum host_type  { HOST_TYPE_LEVEL, HOST_TYPE_BOOL };
enum host_level { HOST_LEVEL_NORMAL, HOST_LEVEL_WARN, HOST_LEVEL_CRITICAL,
                  HOST_LEVELS };

enum host_fact {
#define HOST(name, type, text) HOST_##name,
#include "model/host.def"
#undef HOST
	HOST_COUNT
};

#define HOST_BIT(f) (UINT64_C(1) << (f))

struct host {
	int64_t value[HOST_COUNT];
};

struct host_row {
	const char    *name;
	enum host_type type;
	const char    *text;
};

extern const struct host_row host_rows[HOST_COUNT];

int         host_find(const char *name, enum host_fact *ret_fact);
const char *host_nearest(const char *name);
const char *host_level_name(enum host_level level);
/* "normal", "warn", "critical", "true", "false"; 0 or -EINVAL. */
int         host_parse(enum host_fact f, const char *text, int64_t *ret_value);
const char *host_print(enum host_fact f, int64_t value);

#endif
