/* pages.h -- what is written from the tables of pqs. */
#ifndef MAN_PAGES_H
#define MAN_PAGES_H

#include <stdio.h>

void page_command(FILE *out);           /* pqs(1)                             */
void page_rules(FILE *out);             /* pqs-rules(7)                       */
void page_configuration(FILE *out);     /* pqs.yaml(5)                        */
void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

#endif
