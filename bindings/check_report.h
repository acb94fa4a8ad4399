/* check_report.h -- what a check found, for people or for programs. */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include "rules.h"

/* A line for each mistake on standard error; one on standard output that says
 * how much there is, if nothing of it is wrong. */
void check_report(const struct rule_book *b);
/* All of it as one object on standard output. */
void check_report_json(const struct rule_book *b);

#endif
