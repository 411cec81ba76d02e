/*
 * listing.h - one page of a list that the RDS API answers, as resources.
 *
 * A shape says which elements of an item are read into which value; everything else streams by. The API answers
 * every engine's resources, so the engine is asked for and checked: an item of another engine is dropped, one
 * without an engine is kept, for it may be Neptune's.
 */
#ifndef SCANNER_AWS_LISTING_H
#define SCANNER_AWS_LISTING_H

#include "base/arena.h"
#include "scanner/aws/xml.h"
#include "scanner/resources/resource.h"

/* An element that stands directly in an item, or a list of texts in it. */
struct listing_member {
	struct span element;
	size_t offset; /* in struct resource: a const char * */
	bool is_list;
};

/* An element two levels down: a list of structures, of which one text each is taken. */
struct listing_nested {
	struct span list, element; /* "VpcSecurityGroups", "VpcSecurityGroupId" */
	size_t offset;             /* in struct resource: a const char *; texts are separated by commas */
};

struct listing_shape {
	enum resource_kind kind;
	struct span list, item;               /* "DBClusters", "DBCluster" */
	const struct listing_member *members; /* by the length of their names, shortest first */
	size_t member_count;
	const struct listing_nested *nested;
	size_t nested_count;
	/* Items in lists of the item, or in the one that is named, become relations: this element of theirs,
	   under this role; empty: none. With `role_flag` true the role is the second one. */
	struct span related_list, related, role_flag;
	const char *roles[2];
	size_t flagged; /* no relations: the value that takes the one whose `role_flag` is true; 0: relations */
};

extern const struct listing_shape listing_clusters, listing_snapshots, listing_instances, listing_backups,
	listing_global_databases;

struct listing {
	struct xml_handler handler;
	const struct listing_shape *shape;
	struct arena *arena;    /* the caller's; the resources live in it */
	struct resource *first; /* as AWS listed them */
	struct resource **last;
	struct resource *dropped; /* of other engines */
	size_t other_engines;
	const char *marker;           /* of the next page; NULL: this was the last */
	bool has_marker;              /* perhaps an empty one */
	const char *account, *region; /* that were asked; NULL: not compared */
	const char *problem;          /* why this is not the list that was asked for; NULL: it is */

	/* Of the item that is being read. */
	struct resource *current;
	struct pair *tag;
	struct relation *relation;
	const char *flag;  /* of the relation: as the answer says it */
	const char **list; /* the member whose list is open */
};

/*
 * For the end of each element of a page: its Marker, which stands there once and is a text. What is wrong with
 * it; NULL: nothing.
 */
const char *listing_read_marker(const char **marker, bool *has_marker, const struct xml_path *path,
				struct span text, struct arena *arena);

void listing_init(struct listing *listing, const struct listing_shape *shape, struct arena *arena);
/*
 * Where the list was asked for. An item whose ARN names another service, account or region belongs to another
 * request, and so does the whole list. An element that stands twice in an item with different values is no
 * value. Both are the handler's problem. `region` NULL: it is not compared. The texts must outlive the listing.
 */
void listing_expect(struct listing *listing, const char *account, const char *region);

#endif
