/**
 * What is mutated, and by which tests. A mutant costs one run of its group's tests, so a group names the tests that are
 * about its files and no others. Paths and patterns are relative to the project's root.
 *
 * @type {Record<string, { mutate: string[], tests: string[] }>}
 */
export const groups = {
  routing: {
    mutate: ["src/route.ts", "src/wire/{target,options,env,api-key,chat-request}.ts", "src/http/api-key.ts"],
    tests: [
      "test/{api-key,base-url,environment,misplaced-fields,models,options,request,route,route-properties,strict-options,when-thrown}.test.ts",
      "test/failures/api-key.test.ts",
    ],
  },
  errors: {
    mutate: [
      "src/wire/{api-error,connection-error,error-body,error-name,redact,retry-after,parse-reply}.ts",
      "src/http/retry.ts",
    ],
    tests: [
      "test/{redaction,models,embed}.test.ts",
      "test/wire/{failure,redact}.test.ts",
      "test/http/retry.test.ts",
      "test/failures/{errors,retry-delay}.test.ts",
    ],
  },
  parsing: {
    mutate: ["src/wire/{chunk-parser,json,normalize,parse-completion,sse,utf8}.ts"],
    tests: [
      "test/{completion,stream-body,stream-chunks}.test.ts",
      "test/wire/{json,normalize,sse}.test.ts",
      "test/failures/{not-a-stream,stream-ends,stream-events}.test.ts",
    ],
  },
  collecting: {
    mutate: ["src/collect.ts", "src/wire/{call-finder,tool-calls}.ts"],
    tests: ["test/collect*.test.ts"],
  },
  schemas: {
    mutate: ["src/wire/{json-schema,partial-json,standard-schema,tool-set}.ts"],
    tests: ["test/{parse,run-tools}.test.ts", "test/wire/partial-json.test.ts"],
  },
  streaming: {
    mutate: ["src/stream.ts", "src/http/iterator.ts"],
    tests: [
      "test/{stream,text}.test.ts",
      "test/http/iterator.test.ts",
      "test/failures/{abort,consumer,fake-timers,reentrancy,stream-ends}.test.ts",
    ],
  },
  transport: {
    mutate: ["src/http/{abortable,body,call,call-endpoint,clock,fetch-once,lifetime,send,timeouts,timer}.ts"],
    tests: [
      "test/{completion,fetch-call,wake}.test.ts",
      "test/http/{clock,connections,retry,timer}.test.ts",
      "test/failures/{abort,consumer,fake-timers,fetch,retry,timeouts}.test.ts",
    ],
  },
};
