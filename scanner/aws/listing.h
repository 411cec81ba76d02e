/*
 * listing.h - one page of a list of the RDS API, as resources.
 *
 * A shape maps elements of an item to values of struct resource; all other elements are skipped while the
 * document streams. The API lists resources of every engine, so the request filters by engine and the reader
 * checks it: an item of another engine is dropped, and an item without an engine is kept, because it may be
 * Neptune's.
 */
#ifndef SCANNER_AWS_LISTING_H
#define SCANNER_AWS_LISTING_H

#include "base/arena.h"
#include "scanner/aws/xml.h"
#include "scanner/resources/resource.h"

/* A direct child of an item, or a list of texts in it. */
struct listing_member {
	struct span element;
	size_t offset; /* of a const char * in struct resource */
	bool is_list;
};

/* A list of structures two levels below the item, of which one text each is read. */
struct listing_nested {
	struct span list, element; /* "VpcSecurityGroups", "VpcSecurityGroupId" */
	size_t offset;             /* of a const char * in struct resource; texts are joined by commas */
};

struct listing_shape {
	enum resource_kind kind;
	struct span list, item;               /* "DBClusters", "DBCluster" */
	const struct listing_member *members; /* sorted by the length of their names */
	size_t member_count;
	const struct listing_nested *nested;
	size_t nested_count;
	/*
	 * Items of the item's nested lists, or of `related_list` alone, become relations to the text of
	 * `related` (empty: none), with the role roles[0], or roles[1] when the element `role_flag` is true.
	 */
	struct span related_list, related, role_flag;
	const char *roles[2];
	size_t flagged; /* when not 0, no relations: the value that takes the target whose `role_flag` is true
			 */
};

extern const struct listing_shape listing_clusters, listing_snapshots, listing_instances, listing_backups,
	listing_global_databases;

struct listing {
	struct xml_handler handler;
	const struct listing_shape *shape;
	struct arena *arena;    /* the caller's; it owns the resources */
	struct resource *first; /* in the order of the response */
	struct resource **last;
	struct resource *dropped; /* of other engines */
	size_t other_engines;
	const char *marker;           /* of the next page; NULL: the last page */
	bool has_marker;              /* the page has a Marker, perhaps an empty one */
	const char *account, *region; /* of the request; NULL: not compared */
	const char *problem;          /* why this is not the response to the request; NULL: it is */

	/* State of the item that is being read. */
	struct resource *current;
	struct pair *tag;
	struct relation *relation;
	const char *flag;  /* the text of `role_flag` */
	const char **list; /* the member whose list is being read */
};

/*
 * To be called at the end of each element: reads the page's Marker, which may occur once and is a text. The
 * problem, or NULL.
 */
const char *listing_read_marker(const char **marker, bool *has_marker, const struct xml_path *path,
				struct span text, struct arena *arena);

void listing_init(struct listing *listing, const struct listing_shape *shape, struct arena *arena);
/*
 * Sets the scope of the request. A page with an item whose ARN names another service, account or region is
 * invalid as a whole, and so is one with an item in which an element occurs twice with different values; the
 * handler reports the problem. `region` NULL: not compared. The texts must outlive the listing.
 */
void listing_expect(struct listing *listing, const char *account, const char *region);

#endif
