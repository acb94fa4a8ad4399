/* rank.h -- the order of precedence between rules as one number. */
#ifndef POLICY_RANK_H
#define POLICY_RANK_H

#include "policy/image.h"

/* Of a rule in a checked image; higher wins.  drifts: a fact that drifts
 * decides whether it matches, which makes it conditional. */
uint64_t rank_of(const void *image, uint32_t rule, bool drifts);
/* The same rule's rank for a task that its claim only reaches through another
 * one: through a tree, a unit, or as a parent. */
uint64_t rank_inherited(uint64_t rank);

/* What is said of a pool by its declaration in that layer: less than what any
 * rule of the layer wants, and more than what those of lower layers do. */
uint64_t rank_of_pool(uint32_t layer);
/* Whether it is what a pool has by itself, and no rule's. */
bool     rank_is_of_pool(uint64_t rank);

/* Why the higher of two wins: the first difference, as "its priority is
 * higher". */
const char *rank_why(uint64_t winner, uint64_t loser);

#endif
