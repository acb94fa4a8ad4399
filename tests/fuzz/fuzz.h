/* fuzz.h -- what a harness is given and what it may assume.
 *
 * Each fuzz_NAME.c is built twice: with libFuzzer, which makes up inputs (make
 * fuzz), and with replay.c, which goes through those in
 * corpus/NAME (make test).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Unlike assert(), also where NDEBUG is set. */
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
			        __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
