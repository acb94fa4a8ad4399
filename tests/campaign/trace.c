/* trace.c -- what happened in this seed, for whoever must find out why. */

#include <stdarg.h>
#include <unistd.h>

#include "base/text.h"
#include "campaign.h"

#define LINES 60
#define LINE  240

static char ring[LINES][LINE];

void trace_clear(void)
{
	play.trace_lines = play.trace_sum = 0;
}

static void keep(const char *line)
{
	size_t n = strlen(line);

	text_copy(ring[play.trace_lines++ % LINES], LINE, line);
	play.trace_sum = (play.trace_sum ^ text_hash(line, n)) *
	                 UINT64_C(0x9e3779b97f4a7c15) +
	                 text_crc32(0, line, n);
	if (play.verbose) {
		printf("%s\n", line);
		fflush(stdout);
	}
}

void tell(const char *format, ...)
{
	uint64_t now_ns = play.stage == NULL ? 0 : sim_now_ns(play.stage->sim);
	char     line[LINE];
	va_list  args;
	int      n = snprintf(line, sizeof line, "%4u %4llu.%09llu ",
	                      play.step,
	                      (unsigned long long)(now_ns / SECOND),
	                      (unsigned long long)(now_ns % SECOND));

	va_start(args, format);
	vsnprintf(line + n, sizeof line - (size_t)n, format, args);
	va_end(args);
	keep(line);
}

void broken(const char *format, ...)
{
	uint64_t n = play.trace_lines;
	va_list  args;

	for (uint64_t i = n < LINES ? 0 : n - LINES;
	     i < n && !play.verbose; i++)
		fprintf(stderr, "    %s\n", ring[i % LINES]);
	fprintf(stderr, "seed %llu, step %u: ", (unsigned long long)play.seed,
	        play.step);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n    again, with all that happened: "
	        "make simulate SEED=%llu%s TRACE=1\n",
	        (unsigned long long)play.seed, play.wild ? "" : " TAME=1");
	fflush(NULL);
	_exit(1);
}
