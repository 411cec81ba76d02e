#include "base/ulid.h"

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
