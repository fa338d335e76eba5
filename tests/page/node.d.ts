/** The part of Node that the tests of the page's modules use. */

declare module "node:test" {
  type Test = { name: string };
  export default function test(name: string, body: (test: Test) => void): void;
}

declare module "node:assert/strict" {
  function assert(value: unknown, message?: string): asserts value;
  namespace assert {
    function equal(actual: unknown, expected: unknown, message?: string): void;
    function deepEqual(actual: unknown, expected: unknown, message?: string): void;
    function match(text: string, pattern: RegExp): void;
    function throws(call: () => void, wrong?: object): void;
  }
  export default assert;
}

declare module "node:vm" {
  export function runInNewContext(code: string, context: object, options: { timeout: number }): unknown;
}

declare module "node:crypto" {
  export function createHash(name: string): { update(data: Uint8Array): { digest(encoding: "hex"): string } };
}
