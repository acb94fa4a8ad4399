/* test_bindings.c -- what stands around the rule language: the sandbox, the
 * worker and check. */

#include "bindings_check.h"
#include "bindings_news.h"
#include "bindings_sandbox.h"
#include "bindings_words.h"
#include "bindings_worker.h"
#include "rule_files.h"
#include "suite.h"

int main(void)
{
	Suite *s = suite_create("bindings");

	suite_add_tcase(s, sandbox_case());
	suite_add_tcase(s, told_case());
	suite_add_tcase(s, worker_case());
	suite_add_tcase(s, check_case());
	suite_add_tcase(s, news_case());
	return run_suite(s);
}
