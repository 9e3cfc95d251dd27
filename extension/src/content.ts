import { startPage } from "./page/index.ts";
import { startToast } from "./toast/index.ts";

startToast();
startPage();
