#ifndef KITH_WIRE_FRAME_PARTS_H
#define KITH_WIRE_FRAME_PARTS_H

#include "wire.pb-c.h"
#include "wire/envelope_pb.h"
#include "wire/frame.h"
#include "wire/strict.h"

/* One reader and one writer for each verb, for the table in frame.c only.  A reader makes
   the view of a message that was unpacked; *arrays holds its lists, if it has any. */

enum err read_hello(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_welcome(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_submit(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_accepted(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_refused(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_ask(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_fate(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_deliver(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_ack(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_credit(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_fetch(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_document(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_ping(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_pong(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_bye(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_announce(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_offer(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_join(struct frame *frame, const ProtobufCMessage *message, void **arrays);
enum err read_joined(struct frame *frame, const ProtobufCMessage *message, void **arrays);

void write_hello(struct buffer *out, const struct frame *frame);
void write_welcome(struct buffer *out, const struct frame *frame);
void write_submit(struct buffer *out, const struct frame *frame);
void write_accepted(struct buffer *out, const struct frame *frame);
void write_refused(struct buffer *out, const struct frame *frame);
void write_ask(struct buffer *out, const struct frame *frame);
void write_fate(struct buffer *out, const struct frame *frame);
void write_deliver(struct buffer *out, const struct frame *frame);
void write_ack(struct buffer *out, const struct frame *frame);
void write_credit(struct buffer *out, const struct frame *frame);
void write_fetch(struct buffer *out, const struct frame *frame);
void write_document(struct buffer *out, const struct frame *frame);
void write_ping(struct buffer *out, const struct frame *frame);
void write_pong(struct buffer *out, const struct frame *frame);
void write_bye(struct buffer *out, const struct frame *frame);
void write_announce(struct buffer *out, const struct frame *frame);
void write_offer(struct buffer *out, const struct frame *frame);
void write_join(struct buffer *out, const struct frame *frame);
void write_joined(struct buffer *out, const struct frame *frame);

#endif
