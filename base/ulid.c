#include "base/ulid.h"

#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void ulid_format(int64_t milliseconds, const uint8_t random[static 10], char text[static ULID_SIZE])
{
	uint64_t time = (uint64_t)milliseconds;
	uint64_t high = 0, low = 0;

	for (int i = 9; i >= 0; i--) {
		text[i] = alphabet[time & 31];
		time >>= 5;
	}
	for (int i = 0; i < 5; i++) {
		high = high << 8 | random[i];
		low = low << 8 | random[5 + i];
	}
	for (int i = 7; i >= 0; i--) {
		text[10 + i] = alphabet[high & 31];
		text[18 + i] = alphabet[low & 31];
		high >>= 5;
		low >>= 5;
	}
	text[26] = '\0';
}

void ulid_make(char text[static ULID_SIZE])
{
	uint8_t random[10] = {0};

	if (getrandom(random, sizeof random, 0) != sizeof random)
		random[0] = (uint8_t)getpid();
	ulid_format(clock_wall_milliseconds(), random, text);
}
