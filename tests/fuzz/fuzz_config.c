/* fuzz_config.c -- any bytes as pqs.yaml: taken, or refused with a line. */

#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "model/interned.h"

static void read_it(const char *path)
{
	static struct config c, before;
	struct interned     *sets = interned_new();
	char                 why[2048] = "";

	MUST(sets != NULL);
	config_defaults(&c, true);
	before = c;
	if (config_read(path, sets, &c, why, sizeof why) < 0) {
		MUST(why[0] != '\0' && strlen(why) < sizeof why);
		MUST(memcmp(&c, &before, sizeof c) == 0);
	}
	interned_free(sets);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char path[64];
	int  fd = memfd_create("pqs.yaml", MFD_CLOEXEC);

	MUST(fd >= 0);
	MUST(write(fd, bytes, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	read_it(path);
	close(fd);
	return 0;
}
