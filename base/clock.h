/*
 * clock.h - the time, and its formats in AWS APIs and HTTP.
 *
 * Wall time is seconds since 1970 in UTC; monotonic time begins at an arbitrary moment and never jumps.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum { CLOCK_DURATION_SIZE = 32, CLOCK_ISO_SIZE = 21, CLOCK_DAY_SIZE = 11, CLOCK_AMZ_SIZE = 17 };

int64_t clock_wall_seconds(void);
int64_t clock_wall_milliseconds(void);
int64_t clock_monotonic_milliseconds(void);
int64_t clock_monotonic_microseconds(void);

/* "2026-11-24T02:00:00Z" */
void clock_format_iso(int64_t seconds, char text[static CLOCK_ISO_SIZE]);
/* "2026-11-24" */
void clock_format_day(int64_t seconds, char text[static CLOCK_DAY_SIZE]);
/* "20261124T020000Z", the form of X-Amz-Date */
void clock_format_amz(int64_t seconds, char text[static CLOCK_AMZ_SIZE]);
bool clock_parse_amz(struct span text, int64_t *seconds);
/*
 * ISO 8601 and RFC 3339 in UTC or with an offset; a fraction is dropped: "2026-11-24T02:00:00Z",
 * "2026-11-23T21:00:00-05:00", "2026-11-24 07:30:00.123+0530". A time without a zone is refused, because it
 * is ambiguous.
 */
bool clock_parse_iso(struct span text, int64_t *seconds);
/* "Tue, 24 Nov 2026 04:46:22 GMT" (RFC 9110 section 5.6.7; the two obsolete forms are refused). */
bool clock_parse_http(struct span text, int64_t *seconds);

/* For people: "0.4 s", "12 s", "3 min 10 s", "2 h 5 min". */
void clock_format_duration(int64_t milliseconds, char text[static CLOCK_DURATION_SIZE]);
/* The same of a time that is known in whole seconds; 0: "under 1 s". */
void clock_format_seconds(int64_t seconds, char text[static CLOCK_DURATION_SIZE]);

#endif
