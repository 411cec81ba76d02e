#include "base/utf8.h"

size_t utf8_read(const char *text, size_t room, uint32_t *code)
{
	/*
	 * For each length: the mask of the prefix bits in the first byte, their value, and the smallest code
	 * point.
	 */
	static const struct {
		unsigned char mask, lead;
		uint32_t min_code;
	} forms[UTF8_MAX_BYTES] = {
		{0x80, 0, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t more = 0;

	while (more < UTF8_MAX_BYTES && more < room && (bytes[0] & forms[more].mask) != forms[more].lead)
		more++;
	if (more == UTF8_MAX_BYTES || more >= room)
		return 0;
	*code = bytes[0] & (unsigned char)~forms[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (bytes[i] & 0x3f);
	}
	return *code < forms[more].min_code || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)
		       ? 0
		       : more + 1;
}

bool utf8_is_shown(uint32_t code)
{
	bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
	bool invisible = (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
			 (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || code == 0x061c ||
			 (code >= 0xe0000 && code <= 0xe007f) || (code & 0xfffe) == 0xfffe;

	return !control && !invisible;
}

size_t utf8_next(const char *text, bool *shown)
{
	uint32_t code = 0;
	size_t length = utf8_read(text, UTF8_MAX_BYTES, &code);

	*shown = length > 0 && (utf8_is_shown(code) || code == '\t' || code == '\n' || code == '\r');
	return length ? length : 1;
}
