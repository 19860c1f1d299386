/*
 * Schemas, as structural types: no library is imported. Sources: the interfaces StandardSchemaV1 and
 * StandardJSONSchemaV1 of @standard-schema/spec.
 */

/** One way in which a value does not fit a schema. */
export interface SchemaIssue {
  /** What is wrong, in the schema's own words. */
  message: string;
  /** The keys that lead to it, outermost first. Absent for the whole value. */
  path?: PropertyKey[];
}

/** What `validate` of a Standard Schema gives: the value, perhaps transformed, or issues. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** An issue as a Standard Schema gives it. */
export interface StandardIssue {
  /** What is wrong. */
  readonly message: string;
  /** The keys that lead to it, outermost first. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A Standard Schema v1 validator: Zod 3.24+, ArkType 2, Valibot 1 and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** A Standard Schema that also carries its JSON Schema: Zod 4.2+, ArkType 2.1.28+. */
export interface StandardJSONSchema<Input = unknown, Output = Input> extends StandardSchema<Input, Output> {
  readonly "~standard": StandardSchema<Input, Output>["~standard"] & {
    readonly jsonSchema: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

/** A validator, with the JSON Schema that it does not carry, such as Valibot's with `toJsonSchema(validator)`. */
export interface SchemaPair<Input = unknown, Output = Input> {
  /** What checks the answer. */
  readonly validator: StandardSchema<Input, Output>;
  /** What the model is sent. */
  readonly jsonSchema: object;
}

/** A JSON Schema as a plain object: nothing is validated beyond that a value is JSON, and its type is unknown. */
export type PlainJSONSchema = (object | { readonly [keyword: string]: unknown }) & {
  readonly "~standard"?: never;
  readonly validator?: never;
};

/** What `parse` and `runTools` take as a schema. */
export type Schema = StandardJSONSchema | SchemaPair | PlainJSONSchema;

/** The input and output types of a schema; `unknown` where it has none. */
export type SchemaTypes<S> = S extends { "~standard": { types?: infer Types } }
  ? NonNullable<Types>
  : S extends { validator: infer Validator }
    ? SchemaTypes<Validator>
    : unknown;

/** The type of a value before the schema's own transforms and defaults. */
export type InferInput<S> = SchemaTypes<S> extends { input: infer Input } ? Input : unknown;

/** The type of a value that a schema has validated. */
export type InferOutput<S> = SchemaTypes<S> extends { output: infer Output } ? Output : unknown;

/** `T` as far as it has come: any property, at any depth, may still be missing, and a string may be a beginning. */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> }
    : T;
