/* script.c -- what an interpreter runs, from its command line.
 *
 * Every interpreter stops reading options at its first plain argument, and that
 * is the script.  So all there is to know of each is which of its options take
 * the next argument with them, and which say that the program is elsewhere.
 */

#include "process/identity.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* Letters are options that may stand together behind one dash: "-Im". */
struct interpreter {
	const char *names;              /* a blank on both sides of each      */
	const char *marks;              /* what an option begins with         */
	const char *values;             /* letters that take what follows     */
	const char *rests;              /* letters that take only the rest    */
	const char *codes;              /* letters whose value is the program */
	const char *modules;            /* letters whose value is the script  */
	const char *long_values;        /* long options that take the next    */
	const char *long_codes, *long_modules;
	bool        is_long;            /* one dash begins a word as well     */
};

static const struct interpreter interpreters[] = {
	{ .names = " python pypy ", .marks = "-", .values = "WX", .codes = "c",
	  .modules = "m", .long_values = " --check-hash-based-pycs " },
	{ .names = " perl ", .marks = "-", .values = "I",
	  .rests = "CDFMVimx", .codes = "eE" },
	{ .names = " ruby jruby truffleruby ", .marks = "-",
	  .values = "CEIr", .rests = "FKTWix", .codes = "e",
	  .long_values = " --encoding --external-encoding "
	                 "--internal-encoding --enable --disable " },
	{ .names = " node nodejs ", .marks = "-", .values = "rC", .codes = "ep",
	  .long_values = " --require --import --loader "
	                 "--experimental-loader --conditions --env-file "
	                 "--inspect-port --icu-data-dir --openssl-config "
	                 "--redirect-warnings --diagnostic-dir --title "
	                 "--watch-path --input-type --stack-trace-limit "
	                 "--unhandled-rejections --max-http-header-size ",
	  .long_codes = " --eval --print " },
	{ .names = " java ", .marks = "-@", .is_long = true,
	  .long_values = " -cp -classpath --class-path -p --module-path "
	                 "--upgrade-module-path --add-modules "
	                 "--enable-native-access --limit-modules "
	                 "--add-exports --add-opens --add-reads "
	                 "--patch-module --source ",
	  .long_modules = " -jar -m --module " },
	{ .names = " sh dash bash ash ksh mksh zsh ", .marks = "-+",
	  .values = "oO", .codes = "cs",
	  .long_values = " --rcfile --init-file " },
};

#define INTERPRETERS (sizeof interpreters / sizeof *interpreters)

static bool has_word(const char *words, const char *word, size_t n)
{
	if (words == NULL || n == 0)
		return false;
	for (const char *at = words; *at != '\0'; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (strcspn(at, " ") == n && memcmp(at, word, n) == 0)
			return true;
	}
	return false;
}

static bool has_letter(const char *letters, char letter)
{
	return letters != NULL && letter != '\0' &&
	       strchr(letters, letter) != NULL;
}

/* "python3.11" is a python, "perl5.36.0" a perl, "ruby-3.2" a ruby. */
static const struct interpreter *interpreter_of(const char *name)
{
	size_t n = strlen(name), digits;

	digits = n;
	while (digits > 0 && (isdigit((unsigned char)name[digits - 1]) ||
	                      name[digits - 1] == '.'))
		digits--;
	if (digits < n && digits > 0 && name[digits - 1] == '-')
		digits--;
	for (size_t i = 0; i < INTERPRETERS; i++)
		if (has_word(interpreters[i].names, name, digits))
			return &interpreters[i];
	return NULL;
}

/* The arguments that are still to come. */
struct rest {
	const char *at, *end;
};

static const char *next_of(struct rest *r)
{
	const char *arg = r->at;

	if (arg >= r->end)
		return NULL;
	r->at += strnlen(arg, (size_t)(r->end - arg)) + 1;
	return arg;
}

enum found { FOUND_NOTHING, FOUND_SCRIPT, FOUND_ELSEWHERE };

/* A value is the rest of the word or, where it ends there, the next one. */
static enum found letters_read(const struct interpreter *in, const char *letter,
                               struct rest *r, const char **ret_script)
{
	for (; *letter != '\0'; letter++) {
		if (has_letter(in->codes, *letter))
			return FOUND_ELSEWHERE;
		if (has_letter(in->rests, *letter))
			return FOUND_NOTHING;
		if (has_letter(in->modules, *letter)) {
			*ret_script = letter[1] != '\0' ? letter + 1
			                                : next_of(r);
			return FOUND_SCRIPT;
		}
		if (has_letter(in->values, *letter)) {
			if (letter[1] == '\0')
				(void)next_of(r);
			return FOUND_NOTHING;
		}
	}
	return FOUND_NOTHING;
}

/* With '=', its value is in the word itself. */
static enum found word_read(const struct interpreter *in, const char *word,
                            struct rest *r, const char **ret_script)
{
	size_t      n = strcspn(word, "=");
	const char *value = word[n] == '=' ? word + n + 1 : NULL;

	if (has_word(in->long_codes, word, n))
		return FOUND_ELSEWHERE;
	if (has_word(in->long_modules, word, n)) {
		*ret_script = value != NULL ? value : next_of(r);
		return FOUND_SCRIPT;
	}
	if (value == NULL && has_word(in->long_values, word, n))
		(void)next_of(r);
	return FOUND_NOTHING;
}

static enum found option_read(const struct interpreter *in, const char *arg,
                              struct rest *r, const char **ret_script)
{
	if (strcmp(arg, "--") == 0) {
		*ret_script = next_of(r);
		return FOUND_SCRIPT;
	}
	if (arg[1] == '\0')
		return FOUND_ELSEWHERE;         /* what comes from its input  */
	if (in->is_long || arg[1] == '-')
		return word_read(in, arg, r, ret_script);
	return letters_read(in, arg + 1, r, ret_script);
}

/* Of a path the file; of "module/class" the class. */
static const char *script_name(const char *script)
{
	if (script == NULL || script[0] == '\0')
		return NULL;
	script = text_base_name(script);
	return script[0] == '\0' ? NULL : script;
}

const char *identity_script(const char *name, struct identity_list args)
{
	const struct interpreter *in = interpreter_of(name);
	struct rest r = { args.text, args.text + args.bytes };
	const char *arg, *script = NULL;
	enum found  found = FOUND_NOTHING;

	if (in == NULL || next_of(&r) == NULL)
		return NULL;
	while (found == FOUND_NOTHING && (arg = next_of(&r)) != NULL) {
		if (has_letter(in->marks, arg[0])) {
			found = option_read(in, arg, &r, &script);
		} else {
			script = arg;
			found = FOUND_SCRIPT;
		}
	}
	return found == FOUND_SCRIPT ? script_name(script) : NULL;
}
