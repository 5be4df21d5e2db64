// What providers' servers send in streams, written after their documentation and apart from what the adapter makes of a stored
// response, so that the two can be compared.

// biome-ignore lint/suspicious/noExplicitAny: JSON of whatever shape
export type Wire = Record<string, any>;

/** The events of a body that is streamed, as text. */
export function eventsOf(path: string, body: Wire, asked: Wire, cut = 4): string[] {
  if (path.endsWith("/chat/completions")) return chatEvents(body, asked.stream_options?.include_usage === true, cut);
  return (path.endsWith("/responses") ? responseEvents(body, cut) : messageEvents(body, cut)).map(
    (data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`,
  );
}

/** By UTF-16 units: a stream may cut what looks like one character. */
function cutUp(text: string | null | undefined, cut: number): string[] {
  const pieces: string[] = [];
  for (let i = 0; i < (text?.length ?? 0); i += cut) pieces.push(text!.slice(i, i + cut));
  return pieces;
}

function chatEvents({ choices, usage, ...head }: Wire, isCounted: boolean, cut: number): string[] {
  const chunks: Wire[] = [];
  const say = (index: number, delta: Wire, finish_reason: string | null = null): void => {
    chunks.push({ choices: [{ index, delta, logprobs: null, finish_reason }], ...(isCounted ? { usage: null } : {}) });
  };
  // Choices take turns.
  const queues = (choices as Wire[]).map(({ index, message, finish_reason }) => {
    const { role, content, refusal, tool_calls, ...others } = message;
    const queue: [Wire, (string | null)?][] = [
      [{ role, content: content === null ? null : "", refusal: null, ...others }],
    ];
    for (const piece of cutUp(content, cut)) queue.push([{ content: piece }]);
    for (const piece of cutUp(refusal, cut)) queue.push([{ refusal: piece }]);
    for (const [
      i,
      {
        id,
        type,
        function: { name, arguments: text },
      },
    ] of (tool_calls ?? []).entries()) {
      queue.push([{ tool_calls: [{ index: i, id, type, function: { name, arguments: "" } }] }]);
      for (const piece of cutUp(text, cut))
        queue.push([{ tool_calls: [{ index: i, function: { arguments: piece } }] }]);
    }
    queue.push([{}, finish_reason]);
    return { index, queue };
  });
  while (queues.some(({ queue }) => queue.length > 0)) {
    for (const { index, queue } of queues) {
      const next = queue.shift();
      if (next !== undefined) say(index, ...next);
    }
  }
  if (isCounted && usage) chunks.push({ choices: [], usage });
  const lines = chunks.map((chunk) => JSON.stringify({ ...head, object: "chat.completion.chunk", ...chunk }));
  return [...lines, "[DONE]"].map((line) => `data: ${line}\n\n`);
}

function responseEvents(body: Wire, cut: number): Wire[] {
  const events: Wire[] = [];
  const send = (type: string, data: Wire): void => {
    events.push({ type: `response.${type}`, sequence_number: events.length, ...data });
  };
  const begun = { ...body, status: "in_progress", output: [], usage: null, incomplete_details: null };
  send("created", { response: begun });
  send("in_progress", { response: begun });
  for (const [output_index, item] of (body.output as Wire[]).entries()) {
    const item_id = item.id;
    const empty = { message: { content: [] }, reasoning: { summary: [] }, function_call: { arguments: "" } }[
      item.type as string
    ];
    const status = item.status === undefined ? {} : { status: "in_progress" };
    send("output_item.added", { output_index, item: { ...item, ...status, ...empty } });
    for (const [summary_index, part] of (item.summary ?? []).entries()) {
      const at = { item_id, output_index, summary_index };
      send("reasoning_summary_part.added", { ...at, part: { ...part, text: "" } });
      for (const delta of cutUp(part.text, cut)) send("reasoning_summary_text.delta", { ...at, delta });
      send("reasoning_summary_text.done", { ...at, text: part.text });
      send("reasoning_summary_part.done", { ...at, part });
    }
    for (const [content_index, part] of (item.content ?? []).entries()) {
      const at = { item_id, output_index, content_index };
      const isText = part.type === "output_text";
      send("content_part.added", {
        ...at,
        part: isText ? { ...part, text: "", annotations: [] } : { ...part, refusal: "" },
      });
      for (const delta of cutUp(isText ? part.text : part.refusal, cut)) {
        send(isText ? "output_text.delta" : "refusal.delta", { ...at, delta, ...(isText ? { logprobs: [] } : {}) });
      }
      if (isText) send("output_text.done", { ...at, text: part.text, logprobs: [] });
      else send("refusal.done", { ...at, refusal: part.refusal });
      send("content_part.done", { ...at, part });
    }
    if (item.type === "function_call") {
      const at = { item_id, output_index };
      for (const delta of cutUp(item.arguments, cut)) send("function_call_arguments.delta", { ...at, delta });
      send("function_call_arguments.done", { ...at, arguments: item.arguments });
    }
    send("output_item.done", { output_index, item });
  }
  send(body.status, { response: body });
  return events;
}

function messageEvents({ content, stop_reason, stop_sequence, usage, ...head }: Wire, cut: number): Wire[] {
  const start = { ...head, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } };
  const events: Wire[] = [{ type: "message_start", message: start }, { type: "ping" }];
  for (const [index, block] of (content as Wire[]).entries()) {
    const send = (delta: Wire): void => void events.push({ type: "content_block_delta", index, delta });
    const empty = { text: { text: "" }, thinking: { thinking: "", signature: "" }, tool_use: { input: {} } }[
      block.type as string
    ];
    events.push({ type: "content_block_start", index, content_block: { ...block, ...empty } });
    for (const text of cutUp(block.text, cut)) send({ type: "text_delta", text });
    for (const thinking of cutUp(block.thinking, cut)) send({ type: "thinking_delta", thinking });
    if (block.signature) send({ type: "signature_delta", signature: block.signature });
    if (block.type === "tool_use") {
      for (const partial_json of ["", ...cutUp(JSON.stringify(block.input), cut)])
        send({ type: "input_json_delta", partial_json });
    }
    events.push({ type: "content_block_stop", index });
  }
  events.push({
    type: "message_delta",
    delta: { stop_reason, stop_sequence },
    usage: { output_tokens: usage.output_tokens },
  });
  return [...events, { type: "message_stop" }];
}
