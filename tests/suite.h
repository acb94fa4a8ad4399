/* suite.h -- tests that are run to their end: 0 when each proved its claim. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stddef.h>

static inline int run_suite(Suite *s)
{
	SRunner *runner = srunner_create(s);
	int      failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}

static inline int run_case(TCase *c, const char *name)
{
	Suite *s = suite_create(name);

	suite_add_tcase(s, c);
	return run_suite(s);
}

/* Each between the two fixtures, which may be NULL. */
static inline int run_between(const char *name, const TTest *const *tests,
                              size_t count, SFun before, SFun after)
{
	TCase *c = tcase_create(name);

	if (before != NULL || after != NULL)
		tcase_add_checked_fixture(c, before, after);
	tcase_set_timeout(c, 120);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(c, tests[i]);
	return run_case(c, name);
}

static inline int run_tests(const char *name, const TTest *const *tests,
                            size_t count)
{
	return run_between(name, tests, count, NULL, NULL);
}

#endif
