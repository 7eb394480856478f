// SPDX-License-Identifier: GPL-2.0-only
/* scan_sockets.c - sockets that are open already and that the guards would not have let come into being. */
#include "scan_parts.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "socket_names.h"
#include "util.h"

static const char close_it[] = "end the process that has it open, or tolerate its kind";
static const char list_port[] = "end the process that has it open, list its port in ingress.allow, or tolerate its kind";
static const char list_it[] = "end the process that has it open, list it in egress.sockets, or tolerate its kind";

static const struct row_socket *socket_of(const struct row_file *file)
{
	return file->class == ROW_SOCKET ? &file->socket : NULL;
}

static bool is_tcp(const struct row_socket *sock)
{
	return sock->type == SOCK_STREAM && sock->proto == IPPROTO_TCP;
}

static bool is_udp(const struct row_socket *sock)
{
	return sock->type == SOCK_DGRAM && sock->proto == IPPROTO_UDP;
}

static bool is_inet(const struct row_socket *sock)
{
	return sock->family == AF_INET || sock->family == AF_INET6;
}

/* One that is judged by its peer or port, and not by its kind. */
static bool is_flow(const struct row_socket *sock)
{
	return is_inet(sock) && (is_tcp(sock) || is_udp(sock));
}

/* Processes share sockets; the first that has it, and may not, stands for all. */
static bool seen_before(const struct search *search, const struct row_file *file)
{
	for (const struct row_file *before = search->files; before < file; before++) {
		const struct row_socket *sock = socket_of(before);

		if (sock && !sock->listed && sock->inode == file->socket.inode)
			return true;
	}
	return false;
}

static bool connected(const struct row_socket *sock)
{
	return sock->port && sock->state != TCP_LISTEN && sock->state != TCP_CLOSE &&
	       sock->state != TCP_TIME_WAIT;
}

bool is_cut(const struct row_file *file)
{
	const struct row_socket *sock = socket_of(file);

	return sock && is_flow(sock) && !sock->listed && (sock->listens || connected(sock));
}

struct flow_text flow_text(const struct row_file *file)
{
	const struct row_socket *sock = &file->socket;
	const char *proto = is_tcp(sock) ? "tcp" : "udp";
	struct who who = who_is(file->tgid, file->comm);
	char address[INET6_ADDRSTRLEN] = "?";
	struct flow_text flow;

	inet_ntop(sock->peer_family, sock->addr, address, sizeof(address));
	if (sock->listens)
		snprintf(flow.text, sizeof(flow.text), "%s listens at port %u (%s): fd %u", who.text, sock->local, proto, file->fd);
	else if (sock->accepted)
		snprintf(flow.text, sizeof(flow.text), "%s has a connection from %s port %u at its port %u (%s): fd %u",
			 who.text, address, sock->port, sock->local, proto, file->fd);
	else
		snprintf(flow.text, sizeof(flow.text), "%s is connected to %s port %u (%s): fd %u", who.text, address,
			 sock->port, proto, file->fd);
	return flow;
}

static int judge_flow(struct search *search, const struct row_file *file)
{
	if (!is_cut(file) || seen_before(search, file))
		return 0;
	if (file->socket.listens)
		return FOUND(search, listener_unlisted, list_port, "%s", flow_text(file).text);
	return FOUND(search, socket_unlisted, close_it, "%s", flow_text(file).text);
}

int search_flows(struct search *search)
{
	int err = 0;

	for (size_t i = 0; !err && i < search->n_files; i++)
		err = judge_flow(search, &search->files[i]);
	return err;
}

static int judge_kind(struct search *search, const struct row_file *file)
{
	const struct row_socket *sock = &file->socket;
	char number[16], type[16];
	const char *family;

	if (is_flow(sock) || sock->listed || seen_before(search, file))
		return 0;
	family = socket_word_name(socket_families, sock->family, number, sizeof(number));
	if (sock->family == AF_PACKET)
		return FOUND(search, socket_raw, list_it, "%s has a packet socket: fd %u",
			     who_is(file->tgid, file->comm).text, file->fd);
	if (sock->type == SOCK_RAW)
		return FOUND(search, socket_raw, list_it, "%s has a raw socket: fd %u, family %s, protocol %u",
			     who_is(file->tgid, file->comm).text, file->fd, family, sock->proto);
	return FOUND(search, socket_unlisted, list_it, "%s has a socket of family %s, type %s, protocol %u: fd %u",
		     who_is(file->tgid, file->comm).text, family,
		     socket_word_name(socket_types, sock->type, type, sizeof(type)), sock->proto, file->fd);
}

static bool has_inode(const struct search *search, __u64 inode)
{
	for (size_t i = 0; i < search->n_files; i++) {
		const struct row_socket *sock = socket_of(&search->files[i]);

		if (sock && sock->inode == inode)
			return true;
	}
	return false;
}

/* The number that is word `column` of a line, counted from 0. */
static __u64 word_number(char *line, unsigned int column)
{
	char *state, *word = strtok_r(line, " \t\n", &state);

	for (unsigned int i = 0; word && i < column; i++)
		word = strtok_r(NULL, " \t\n", &state);
	return word ? strtoull(word, NULL, 10) : 0;
}

/* The kernel's own table of sockets of one kind: some hide in a message under way, or in an io_uring. */
static int judge_table(struct search *search, __u32 tgid, const char *name, unsigned int column)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_file_ FILE *file = NULL;
	size_t size = 0;
	char path[64];
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%u/net/%s", tgid, name);
	file = fopen(path, "re");
	/* A kernel without that family has no such table; the process may have ended. */
	if (!file)
		return errno == ENOENT || errno == ESRCH || errno == EINVAL ? 0 : -errno;
	/* The first line is the heading. */
	if (getline(&line, &size, file) < 0)
		return 0;
	while (!err && getline(&line, &size, file) > 0) {
		__u64 inode = word_number(line, column);

		if (inode && !has_inode(search, inode))
			err = FOUND(search, socket_raw, close_it, "a socket of /proc/%u/net/%s that no "
				    "descriptor shows: inode %llu", tgid, name, (unsigned long long)inode);
	}
	return err;
}

static int tables(struct search *search)
{
	static const struct { const char *name; unsigned int column; } rows[] = {
		{ "raw", 9 }, { "raw6", 9 }, { "packet", 8 },
	};
	int err = 0;

	for (size_t i = 0; !err && i < search->n_tasks; i++) {
		bool first = search->tasks[i].netns;

		for (size_t j = 0; first && j < i; j++)
			first = search->tasks[j].netns != search->tasks[i].netns;
		for (size_t j = 0; first && !err && j < ARRAY_SIZE(rows); j++)
			err = judge_table(search, search->tasks[i].tgid, rows[j].name, rows[j].column);
	}
	return err;
}

int scan_sockets(struct search *search)
{
	int err = search_flows(search);

	if (err || !search_wants(search, GUARD_egress))
		return err;
	for (size_t i = 0; !err && i < search->n_files; i++)
		if (socket_of(&search->files[i]))
			err = judge_kind(search, &search->files[i]);
	return err ?: tables(search);
}
