/* stub_text.h -- the rule language as editors and linters are told of it. */
#ifndef COMMAND_STUB_TEXT_H
#define COMMAND_STUB_TEXT_H

#include <stdio.h>

/* Stands in the first lines of each file that we wrote. */
#define STUB_MARK "Written by 'pqs stubs', which will write it again"

void stub_language(FILE *out);          /* annotations of LuaLS               */
void stub_luarc(FILE *out);             /* JSON: LuaLS's configuration        */
void stub_luacheckrc(FILE *out);        /* luacheck's                         */

#endif
