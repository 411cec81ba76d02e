#include "bench/estate/certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600, DAY = 24 * HOUR };

static bool add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool good;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
	good = extension && X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	return good;
}

/* `names`: the subject alternative names; NULL for an authority. */
static X509 *make(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, const char *names)
{
	X509 *certificate = X509_new();
	unsigned char serial[16];
	BIGNUM *number = NULL;
	bool good;

	if (!certificate || RAND_bytes(serial, sizeof serial) != 1) {
		X509_free(certificate);
		return NULL;
	}
	serial[0] &= 0x7f;
	number = BN_bin2bn(serial, sizeof serial, NULL);
	good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) &&
	       X509_set_version(certificate, X509_VERSION_3) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -HOUR) &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate), DAY) && X509_set_pubkey(certificate, key) &&
	       X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
					  (const unsigned char *)name, -1, -1, 0) &&
	       X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate)) &&
	       add_extension(certificate, issuer ? issuer : certificate, NID_subject_key_identifier, "hash");
	if (good && issuer)
		good = add_extension(certificate, issuer, NID_authority_key_identifier, "keyid") &&
		       add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
		       add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") &&
		       add_extension(certificate, issuer, NID_subject_alt_name, names);
	else if (good)
		good = add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE") &&
		       add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign");
	good = good && X509_sign(certificate, issuer_key, EVP_sha256()) > 0;
	BN_free(number);
	if (good)
		return certificate;
	X509_free(certificate);
	return NULL;
}

/* The contents of a memory BIO as a string; frees the BIO. */
static char *take_text(BIO *memory, bool good)
{
	char *at, *text = NULL;
	long length = BIO_get_mem_data(memory, &at);

	if (good && length > 0)
		text = strndup(at, (size_t)length);
	BIO_free(memory);
	return text;
}

static char *certificate_text(X509 *certificate)
{
	BIO *memory = BIO_new(BIO_s_mem());

	return memory ? take_text(memory, PEM_write_bio_X509(memory, certificate)) : NULL;
}

static char *key_text(EVP_PKEY *key)
{
	BIO *memory = BIO_new(BIO_s_mem());

	return memory ? take_text(memory, PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL))
		      : NULL;
}

/* Letters, dots and dashes, because the name becomes a part of a list. */
static bool is_name(const char *host)
{
	return strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(host) &&
	       strspn(host, "0123456789.") != strlen(host);
}

bool certificate_make(struct certificate *made, const char *host)
{
	EVP_PKEY *authority_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	X509 *authority = NULL, *certificate = NULL;
	char names[300];

	snprintf(names, sizeof names, "IP:127.0.0.1,DNS:localhost%s%.200s", is_name(host) ? ",DNS:" : "",
		 is_name(host) ? host : "");
	memset(made, 0, sizeof *made);
	if (authority_key && key)
		authority = make("estate, a throw-away authority", authority_key, NULL, authority_key, NULL);
	if (authority)
		certificate = make("estate", key, authority, authority_key, names);
	if (certificate) {
		made->authority = certificate_text(authority);
		made->chain = certificate_text(certificate);
		made->key = key_text(key);
	}
	X509_free(certificate);
	X509_free(authority);
	EVP_PKEY_free(key);
	EVP_PKEY_free(authority_key);
	return made->authority && made->chain && made->key;
}

void certificate_deinit(struct certificate *certificate)
{
	free(certificate->authority);
	free(certificate->chain);
	if (certificate->key)
		OPENSSL_cleanse(certificate->key, strlen(certificate->key));
	free(certificate->key);
}
