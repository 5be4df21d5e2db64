// sql.js brings no types: what the tests use of it.
declare module "sql.js" {
  const init: (options?: object) => Promise<import("../../adapters/stores/sqlite-sqljs.ts").SqlJs>;
  export default init;
}
declare module "sql.js/dist/sql-wasm-browser.js" {
  export { default } from "sql.js";
}
