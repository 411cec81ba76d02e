/*
 * container_of.h - the structure that a member is embedded in.
 */
#ifndef BASE_CONTAINER_OF_H
#define BASE_CONTAINER_OF_H

#include <stddef.h>

/* `pointer` points to the member `member` of a `type`. Not for a const pointer: it would drop the const. */
#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
