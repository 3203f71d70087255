/* The C runtime for Java, org.neurolite.demo.engine.Native: plain calls, on buffers that Java made and keeps.
 *
 * Every buffer is direct. `model` holds an nl_model; what lies where in `results` is written at `layout`. Nothing is
 * allocated, so one source serves Android and a desktop's JVM. The caller keeps one thread to a model.
 */
#include <jni.h>

#include "neurolite_model.h"

#define CALL(result, name) JNIEXPORT result JNICALL Java_org_neurolite_demo_engine_Native_##name

static void *address(JNIEnv *env, jobject buffer) {
    return buffer == NULL ? NULL : (*env)->GetDirectBufferAddress(env, buffer);
}

static jlong capacity(JNIEnv *env, jobject buffer) {
    return buffer == NULL ? 0 : (*env)->GetDirectBufferCapacity(env, buffer);
}

static jbyteArray bytes(JNIEnv *env, const char *text, size_t size) {
    if (text == NULL) return NULL;
    jbyteArray copy = (*env)->NewByteArray(env, (jsize)size);
    if (copy != NULL) (*env)->SetByteArrayRegion(env, copy, 0, (jsize)size, (const jbyte *)text);
    return copy;
}

static jbyteArray ended_by_zero(JNIEnv *env, const char *text) {
    size_t size = 0;
    while (text != NULL && text[size] != 0) size++;
    return bytes(env, text, size);
}

/* Bytes to skip until an address is a multiple of `alignment`, a power of two. */
CALL(jint, misalignment)(JNIEnv *env, jclass self, jobject buffer, jint alignment) {
    (void)self;
    return (jint)(-(uintptr_t)address(env, buffer) & (uintptr_t)(alignment - 1));
}

CALL(jint, modelSize)(JNIEnv *env, jclass self) {
    (void)env, (void)self;
    return (jint)sizeof(nl_model);
}

CALL(jint, open)(JNIEnv *env, jclass self, jobject model, jobject blob) {
    (void)self;
    if (capacity(env, model) < (jlong)sizeof(nl_model)) return NL_NULL;
    return nl_open(address(env, model), address(env, blob), (size_t)capacity(env, blob));
}

CALL(jint, verify)(JNIEnv *env, jclass self, jobject model) {
    (void)self;
    return nl_verify(address(env, model));
}

CALL(jint, choosePath)(JNIEnv *env, jclass self, jobject model, jint path) {
    (void)self;
    return nl_choose_path(address(env, model), path);
}

/* The instruction set that a model computes by. */
CALL(jint, path)(JNIEnv *env, jclass self, jobject model) {
    (void)self;
    return ((const nl_model *)address(env, model))->path;
}

CALL(jbyteArray, pathName)(JNIEnv *env, jclass self, jint path) {
    (void)self;
    return ended_by_zero(env, nl_path_name(path));
}

CALL(jbyteArray, statusText)(JNIEnv *env, jclass self, jint status) {
    (void)self;
    return ended_by_zero(env, nl_status_text(status));
}

CALL(jbyteArray, metadata)(JNIEnv *env, jclass self, jobject model) {
    (void)self;
    size_t size = 0;
    const char *text = nl_metadata(address(env, model), &size);
    return bytes(env, text, size);
}

/* Numbers of 32 bits that each part of `results` has room for, in this order. */
enum { WORDS, LOGITS, EMBEDDING, RULES, EXPERTS, STATE, OFFSETS, TAGS, PARTS };

static void layout(const nl_model *model, int32_t size[PARTS]) {
    const int32_t tags = nl_tags(model);
    const int32_t read = tags > 0 ? nl_max_words(model) : 0;
    size[WORDS] = 1;
    size[LOGITS] = nl_labels(model);
    size[EMBEDDING] = nl_embedding_size(model);
    size[RULES] = nl_rules(model);
    size[EXPERTS] = nl_experts(model);
    size[STATE] = (int32_t)(nl_state_size(model) / sizeof(float));
    size[OFFSETS] = 2 * read;
    size[TAGS] = tags * read;
}

CALL(jintArray, sizes)(JNIEnv *env, jclass self, jobject model) {
    (void)self;
    int32_t size[PARTS];
    layout(address(env, model), size);
    jintArray copy = (*env)->NewIntArray(env, PARTS);
    if (copy != NULL) (*env)->SetIntArrayRegion(env, copy, 0, PARTS, size);
    return copy;
}

CALL(jlong, scratchSize)(JNIEnv *env, jclass self, jobject model) {
    (void)self;
    const nl_model *opened = address(env, model);
    return (jlong)nl_scratch(opened, nl_max_words(opened));
}

/* Answers the first `size` bytes of `text`; the state in `results` is read, and written over. */
CALL(jint, run)(JNIEnv *env, jclass self, jobject model, jobject text, jint size, jobject results, jobject scratch) {
    (void)self;
    const nl_model *opened = address(env, model);
    int32_t room[PARTS];
    layout(opened, room);
    int32_t *part[PARTS];
    int32_t *next = address(env, results);
    jlong needed = 0;
    for (int i = 0; i < PARTS; i++) {
        part[i] = room[i] > 0 ? next : NULL;
        next += room[i];
        needed += room[i];
    }
    if (size < 0 || size > capacity(env, text) || capacity(env, results) < 4 * needed) return NL_NULL;
    nl_out out = {
        .logits = (float *)part[LOGITS], .embedding = (float *)part[EMBEDDING], .rules = part[RULES],
        .experts = part[EXPERTS], .offsets = part[OFFSETS], .tags = (float *)part[TAGS],
    };
    const int32_t status = nl_run(opened, address(env, text), (size_t)size, part[STATE], &out, address(env, scratch),
                                  (size_t)capacity(env, scratch));
    *part[WORDS] = out.words;
    return status;
}
