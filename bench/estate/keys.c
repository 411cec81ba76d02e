#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "bench/estate/request.h"

static void hash(const struct estate *estate, size_t account, const char *purpose, char *hex, size_t digits)
{
	unsigned char raw[32];
	unsigned length = sizeof raw;
	char text[96];

	snprintf(text, sizeof text, "%llu/%zu/%s", (unsigned long long)estate->world.seed, account, purpose);
	HMAC(EVP_sha256(), "estate", 6, (const unsigned char *)text, strlen(text), raw, &length);
	for (size_t i = 0; i < digits / 2; i++)
		snprintf(hex + 2 * i, 3, "%02X", raw[i]);
}

void keys_of_role(const struct estate *estate, size_t account, char id[32], char secret[48], char token[128])
{
	char account_id[WORLD_ID], digest[65];

	world_account_id(&estate->world, account, account_id);
	snprintf(id, 32, "ASIA%s", account_id);
	hash(estate, account, "secret", digest, 40);
	snprintf(secret, 48, "%.40s", digest);
	hash(estate, account, "token", digest, 48);
	snprintf(token, 128, "IQoJb3JpZ2luX2VjE/%s+%.48s==", account_id, digest);
}
