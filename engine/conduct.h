/* conduct.h -- whether the functions of rules answer, or fail.
 *
 * That a function fails is told once in a generation, and in the first seconds of
 * one it speaks against it.  Of a generation to come nothing is told: what its
 * functions said is remembered, and heard when it is looked up in force.
 *
 * A part of the pipeline; nobody but its other parts includes this.
 */
#ifndef CONDUCT_H
#define CONDUCT_H

#include "engine.h"
#include "policy/heirs.h"

/* A byte for each rule of a voice. */
enum conduct {
	CONDUCT_ANSWERED = 1,
	CONDUCT_FAILED   = 2,
	CONDUCT_FAILED_BEFORE = 4,      /* in the generation before, too      */
	CONDUCT_UNCHANGED = 8           /* its file and the options are those
	                                   of the generation before           */
};

/* The worker says it. */
void conduct_heard(struct engine *en, struct voice *v, uint32_t rule,
                   const struct answer *said);
/* It was said before, and is looked up. */
void conduct_remembered(struct engine *en, struct voice *v, uint32_t rule,
                        const struct answer *said);
/* Its file is switched off, which is told of the file. */
void conduct_silenced(struct voice *v, uint32_t rule);
/* What is known of rules goes on to those that are like them by layer and name;
 * both have a byte for each rule. */
void conduct_inherit(const struct heirs *h, const uint8_t *before,
                     uint8_t *conduct);
/* A rule whose function failed whenever it was asked, as it did not before; or
 * RULE_NONE. */
uint32_t conduct_only_failed(const struct voice *v);

#endif
