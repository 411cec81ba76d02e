#!/bin/sh
# Shares the encrypted snapshot with the accounts that the old one is shared with now. The key's policy must allow them to use the key:
# --they-can-restore confirms that they have tried. An encrypted snapshot cannot be public: --public-share-ends accepts that.
set -eu
FLAGS='--they-can-restore --public-share-ends'
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=lib-snapshot.sh
. "$(dirname -- "$0")/lib-snapshot.sh"
begin
needs verified 10-encrypt.sh
if [ "$execute" = no ] && ! recorded verified; then
	say "would share $NEW_SNAPSHOT with: $(tr '\n' ' ' <"$here/shared.list")"
	exit 0
fi
if recorded deleted; then
	say "done already: $(cat "$state/shared")"
	exit 0
fi
old_snapshot
own_snapshot "$NEW_SNAPSHOT" || fail "snapshot $NEW_SNAPSHOT no longer exists"
compare_shares
asked=no
recorded shared || [ -z "$(printf '%s\n' "$accounts" | grep -v '^all$' || true)" ] || asked=yes
for account in $missing; do
	if [ "$account" = all ]; then
		given --public-share-ends || grep -q all "$state/shared" 2>/dev/null ||
			fail "the old snapshot is public, and an encrypted one cannot be. To accept that, give --public-share-ends"
		continue
	fi
	change neptune modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier "$NEW_SNAPSHOT" --attribute-name restore --values-to-add "$account"
	forget shared
	asked=yes
done
if [ "$asked" = yes ] && [ "$execute" = yes ]; then
	given --they-can-restore || fail "these accounts must be able to use the KMS key: $(printf %s "$accounts" | tr '\n' ' '). When they have restored $NEW_SNAPSHOT, give --they-can-restore"
fi
record shared "$(printf %s "${accounts:-none}" | tr '\n' ' ')"
