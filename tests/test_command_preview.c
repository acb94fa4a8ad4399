/* test_command_preview.c -- what a preview keeps of what it finds. */


#include "command/preview.h"

#include "suite.h"

START_TEST(past_the_bound_a_difference_is_only_counted)
{
	static struct preview p;
	char                  text[] = "5";
	struct difference     d = { .setting = SETTING_nice, .rule = RULE_NONE,
	                            .name = text, .before = text, .after = text,
	                            .why = text };

	for (int i = 0; i < DIFFERENCES_KEPT + 3; i++) {
		d.whom = (struct task_id){ i + 1, i + 1, 1 };
		preview_add(&p, &d);
	}
	ck_assert_uint_eq(p.count, DIFFERENCES_KEPT);
	ck_assert_uint_eq(p.left_out, 3);
	ck_assert(!p.out_of_memory);
	ck_assert_int_eq(p.difference[DIFFERENCES_KEPT - 1].whom.pid,
	                 DIFFERENCES_KEPT);
	ck_assert_ptr_ne(p.difference[0].name, text);
	preview_forget(&p);
	ck_assert_uint_eq(p.count, 0);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("differences");

	tcase_add_test(c, past_the_bound_a_difference_is_only_counted);
	return run_case(c, "preview");
}
