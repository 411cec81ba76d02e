#!/bin/sh
# Shares the encrypted snapshot with the accounts that the old one is shared with today. Their use of the key is for the key's policy
# to allow, and for them to try: --they-can-restore says that they have. An encrypted snapshot is never public: --public-share-ends.
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
own_snapshot "$NEW_SNAPSHOT" || fail "snapshot $NEW_SNAPSHOT is not there any more"
compare_shares
asked=no
recorded shared || [ -z "$(printf '%s\n' "$accounts" | grep -v '^all$' || true)" ] || asked=yes
for account in $missing; do
	if [ "$account" = all ]; then
		given --public-share-ends || grep -q all "$state/shared" 2>/dev/null ||
			fail "the old snapshot is public, and an encrypted one cannot be: if that may end, give --public-share-ends"
		continue
	fi
	change neptune modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier "$NEW_SNAPSHOT" --attribute-name restore --values-to-add "$account"
	forget shared
	asked=yes
done
if [ "$asked" = yes ] && [ "$execute" = yes ]; then
	given --they-can-restore || fail "can these accounts use the key, and restore $NEW_SNAPSHOT: $(printf %s "$accounts" | tr '\n' ' ')? When they have tried, give --they-can-restore"
fi
record shared "$(printf %s "${accounts:-nobody}" | tr '\n' ' ')"
