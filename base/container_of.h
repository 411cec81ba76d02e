/*
 * container_of.h - from a member to the structure that it is embedded in.
 */
#ifndef BASE_CONTAINER_OF_H
#define BASE_CONTAINER_OF_H

#include <stddef.h>

/* `pointer` points at the member `member` of a `type`. Not for a const pointer, whose const it would drop. */
#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
