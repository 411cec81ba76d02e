#include "base/token.h"

const char *token_flaw(struct span token)
{
	for (size_t i = 0; i < token.length; i++) {
		unsigned char c = (unsigned char)token.at[i];

		if (c == '\n' || c == '\r')
			return "a line end";
		if (c == ' ' || c == '\t')
			return "a blank";
		if (c < ' ' || c == 0x7f)
			return "a control character";
		if (c > 0x7f)
			return "a character outside ASCII";
	}
	return NULL;
}
