// SPDX-License-Identifier: GPL-2.0-only
/* yaml.c - YAML without its surprises: one document, no tags or aliases, as a flat tree. */
#include <errno.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "util.h"
#include "yaml.h"

/* A list or map that is still open: its node, and its last child so far. */
struct open_node {
	__u32 node, last;
};

struct builder {
	struct yaml *yaml;
	size_t nodes_room, pool_room;
	struct open_node open[YAML_DEPTH_MAX];
	unsigned int depth;
	unsigned int documents;
};

static int grow(void *array, size_t *room, size_t need, size_t size)
{
	size_t wanted = *room ? *room : 256;
	void *grown;

	if (need <= *room)
		return 0;
	while (wanted < need)
		wanted *= 2;
	grown = reallocarray(*(void **)array, wanted, size);
	if (!grown)
		return -ENOMEM;
	*(void **)array = grown;
	*room = wanted;
	return 0;
}

static struct yaml_node *add_node(struct builder *b, enum yaml_type type, int *ret_err)
{
	struct yaml *yaml = b->yaml;
	struct yaml_node *node;

	if (yaml->n_nodes >= YAML_NODES_MAX) {
		*ret_err = source_error(&yaml->source, 0, 1, "more than %u values", YAML_NODES_MAX);
		return NULL;
	}
	*ret_err = grow(&yaml->nodes, &b->nodes_room, yaml->n_nodes + 1, sizeof(*yaml->nodes));
	if (*ret_err)
		return NULL;
	if (b->depth) {
		struct open_node *parent = &b->open[b->depth - 1];

		if (parent->last)
			yaml->nodes[parent->last].next = yaml->n_nodes;
		yaml->nodes[parent->node].count++;
		parent->last = yaml->n_nodes;
	}
	node = &yaml->nodes[yaml->n_nodes++];
	*node = (struct yaml_node) { .type = type };
	return node;
}

static void locate(struct builder *b, struct yaml_node *node, struct fy_event *event)
{
	const struct fy_mark *start = fy_event_start_mark(event), *end = fy_event_end_mark(event);

	if (start && end) {
		node->at = start->input_pos;
		node->end = end->input_pos;
	}
	/* An absent value has no place of its own: it is shown at what stands before it. */
	if (node->at == node->end && node->type == YAML_TEXT && node != b->yaml->nodes) {
		node->at = node[-1].at;
		node->end = node[-1].end;
	}
}

static int set_text(struct builder *b, struct yaml_node *node, struct fy_token *token)
{
	struct yaml *yaml = b->yaml;
	enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
	size_t len = 0;
	const char *text = token ? fy_token_get_text(token, &len) : "";

	if (!text || grow(&yaml->pool, &b->pool_room, yaml->pool_len + len + 1, 1))
		return -ENOMEM;
	node->text = yaml->pool_len;
	node->len = len;
	memcpy(yaml->pool + yaml->pool_len, text, len);
	yaml->pool_len += len;
	yaml->pool[yaml->pool_len++] = 0;

	text = yaml_text(yaml, node);
	node->plain = style == FYSS_PLAIN;
	node->null = node->plain && (!len || !strcmp(text, "~") || !strcmp(text, "null"));
	/* libfyaml leaves the quotes out of a text's place. */
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) {
		node->at--;
		node->end++;
	}
	return 0;
}

/* `before` counts the bytes of an indicator (& or *) that libfyaml leaves out of the place. */
static void refuse_token(const struct yaml *yaml, struct fy_token *token, size_t before,
			 const char *what)
{
	const struct fy_mark *start = token ? fy_token_start_mark(token) : NULL;
	const struct fy_mark *end = token ? fy_token_end_mark(token) : NULL;

	if (start && end && start->input_pos >= before)
		source_error(&yaml->source, start->input_pos - before, end->input_pos,
			"%s are not allowed in a policy", what);
	else if (token)
		source_error(&yaml->source, 0, 0, "%s are not allowed in a policy", what);
}

static int add_scalar(struct builder *b, struct fy_event *event)
{
	struct yaml_node *node;
	int err;

	refuse_token(b->yaml, event->scalar.anchor, 1, "anchors");
	refuse_token(b->yaml, event->scalar.tag, 0, "tags");
	node = add_node(b, YAML_TEXT, &err);
	if (!node)
		return err;
	locate(b, node, event);
	if (event->scalar.value) {
		enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);

		/* No value has several lines; libfyaml reads these on the stack (its issue 315). */
		if (style == FYSS_LITERAL || style == FYSS_FOLDED) {
			node->type = YAML_BAD;
			source_error(&b->yaml->source, node->at, node->at + 1,
				     "block texts ('|', '>') are not allowed in a policy");
			return 0;
		}
	}
	return set_text(b, node, event->scalar.value);
}

static int add_alias(struct builder *b, struct fy_event *event)
{
	struct yaml_node *node;
	int err;

	refuse_token(b->yaml, event->alias.anchor, 1, "aliases");
	node = add_node(b, YAML_BAD, &err);
	if (!node)
		return err;
	locate(b, node, event);
	return 0;
}

static int add_parent(struct builder *b, enum yaml_type type, struct fy_event *event,
		      struct fy_token *anchor, struct fy_token *tag)
{
	struct yaml_node *node;
	int err;

	refuse_token(b->yaml, anchor, 1, "anchors");
	refuse_token(b->yaml, tag, 0, "tags");
	node = add_node(b, type, &err);
	if (!node)
		return err;
	locate(b, node, event);
	if (b->depth == YAML_DEPTH_MAX)
		return source_error(&b->yaml->source, node->at, node->end, "nested too deeply");
	b->open[b->depth++] = (struct open_node) { .node = node - b->yaml->nodes };
	return 0;
}

static int begin_document(struct builder *b, struct fy_event *event)
{
	struct fy_document_state *state = event->document_start.document_state;
	const struct fy_mark *mark = fy_event_start_mark(event);
	const struct source *source = &b->yaml->source;
	size_t at = mark ? mark->input_pos : 0;

	if (b->documents++) {
		source_error(source, at, at + 3, "a second document: a policy is only one");
		return 1;
	}
	if (state && (fy_document_state_version_explicit(state) ||
		      fy_document_state_tags_explicit(state)))
		source_error(source, at, at + 3,
			     "directives (%%YAML, %%TAG) are not allowed in a policy");
	return 0;
}

/* Returns 1 if nothing after this event matters, else 0 or -errno. */
static int add_event(struct builder *b, struct fy_event *event)
{
	switch (event->type) {
	case FYET_DOCUMENT_START:
		return begin_document(b, event);
	case FYET_SCALAR:
		return add_scalar(b, event);
	case FYET_ALIAS:
		return add_alias(b, event);
	case FYET_SEQUENCE_START:
		return add_parent(b, YAML_LIST, event, event->sequence_start.anchor,
				  event->sequence_start.tag);
	case FYET_MAPPING_START:
		return add_parent(b, YAML_MAP, event, event->mapping_start.anchor,
				  event->mapping_start.tag);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

/* Turns libfyaml's complaint into ours: it counts lines and columns (characters) from 1. */
static int report_syntax(const struct source *source, struct fy_diag *diag)
{
	void *iterator = NULL;
	const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
	size_t at = source->len, end;

	if (!error || !error->msg)
		return source_error(source, at, at, "not valid YAML");
	if (error->line > 0 && (size_t)error->line <= source->n_lines) {
		size_t line = error->line - 1;

		at = source->lines[line];
		end = line + 1 < source->n_lines ? source->lines[line + 1] : source->len;
		for (int column = 1; column < error->column && at < end; column++) {
			__u32 c;

			at += text_decode(source->bytes + at, end - at, &c);
		}
	}
	return source_error(source, at, at + 1, "not valid YAML: %s",
			    text_quote(error->msg, strlen(error->msg)).s);
}

static void destroy_diag(struct fy_diag **diag)
{
	fy_diag_destroy(*diag);
}

static void destroy_parser(struct fy_parser **parser)
{
	fy_parser_destroy(*parser);
}

/* Events rather than libfyaml's documents: those stop at a duplicate key, and resolve aliases. */
static int build(struct builder *b)
{
	struct fy_diag_cfg diag_cfg = { 0 };
	struct fy_parse_cfg cfg = {
		.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE |
			 FYPCF_DEFAULT_VERSION_1_2 | FYPCF_ALLOW_DUPLICATE_KEYS,
	};
	__attribute__((cleanup(destroy_diag))) struct fy_diag *diag = NULL;
	__attribute__((cleanup(destroy_parser))) struct fy_parser *parser = NULL;
	const struct source *source = &b->yaml->source;
	struct fy_event *event;
	int err = 0;

	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;	/* only cmd_*.c prints */
	cfg.diag = diag = fy_diag_create(&diag_cfg);
	if (!diag)
		return -ENOMEM;
	fy_diag_set_collect_errors(diag, true);
	parser = fy_parser_create(&cfg);
	if (!parser || fy_parser_set_string(parser, source->bytes, source->len))
		return -ENOMEM;
	while (!err && (event = fy_parser_parse(parser))) {
		err = add_event(b, event);
		fy_parser_event_free(parser, event);
	}
	if (!err && fy_parser_get_stream_error(parser))
		return report_syntax(source, diag);
	return err < 0 ? err : 0;
}

static void free_yaml(struct yaml **yaml)
{
	yaml_free(*yaml);
}

int yaml_parse(const char *name, __u32 file, const char *bytes, size_t len, struct diags *diags,
	       struct yaml **ret_yaml)
{
	__attribute__((cleanup(free_yaml))) struct yaml *yaml = calloc(1, sizeof(*yaml));
	struct builder b = { .yaml = yaml };
	struct diag_place whole = { .file = name };
	int err;

	if (!yaml)
		return -ENOMEM;
	yaml->file = file;
	err = source_init(&yaml->source, name, bytes, len, diags);
	if (!err)
		err = source_check(&yaml->source);
	if (!err)
		err = build(&b);
	if (err)
		return err;
	if (!yaml->n_nodes) {
		diag_error(diags, &whole, len ? "there is nothing in it but comments"
					      : "the file is empty");
		return -EINVAL;
	}
	*ret_yaml = TAKE_PTR(yaml);
	return 0;
}
