/* setting_codec.h -- how the values of one type are written; for the files that
 * have one alone. */
#ifndef MODEL_SETTING_CODEC_H
#define MODEL_SETTING_CODEC_H

#include "model/setting.h"

/* One for each type.  Text is never NULL; a value may be anything, since the
 * kernel and others write them too. */
struct codec {
	/* 0, -EINVAL (not such a value), -ERANGE (one, but too large) or
	 * -ENOMEM. */
	int  (*parse)(const struct setting_row *row, const char *text,
	              struct interned *sets, int64_t *ret_value);
	bool (*valid)(const struct setting_row *row, int64_t value);
	/* False for a value that there is no text for. */
	bool (*print)(const struct setting_row *row, int64_t value,
	              const struct interned *sets, char *out, size_t size);
	void (*takes)(const struct setting_row *row, char *out, size_t size);
};

extern const struct codec codec_sched, codec_ionice, codec_realtime;

static inline bool codec_in_range(const struct setting_row *row, int64_t value)
{
	return value >= row->low && value <= row->high;
}

#endif
