// The few drawings of the page, as inline SVG that takes the colour of the text around it.

const PATHS = {
  hash: "M5.9 20.5 6.6 16H2.5l.3-2h4.2l.6-4H3.5l.3-2h4.1l.7-4.5h2L9.9 8h4l.7-4.5h2L15.9 8h4.1l-.3 2h-4.1l-.6 4h4.1l-.3 2h-4.1l-.7 4.5h-2l.7-4.5h-4l-.7 4.5h-2.1Zm3.7-10.500-.6 4h4l.6-4h-4Z",
  thread: "M5 3h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-4.500 4.200A.9.9 0 0 1 6 19.500V16H5a2 2 0 0 1-2-2V5c0-1.100.9-2 2-2Zm2.500 4a.9.9 0 1 0 0 1.800h9a.9.9 0 1 0 0-1.800h-9Zm0 3.500a.9.9 0 1 0 0 1.800h6a.9.9 0 1 0 0-1.800h-6Z",
  person: "M12 12a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9Zm-8 8.200C4 16.600 7.600 14 12 14s8 2.600 8 6.200c0 .5-.4.8-.9.8H4.900c-.5 0-.9-.3-.9-.8Z",
  lock: "M7 10V7.500a5 5 0 0 1 10 0V10h.5A1.500 1.500 0 0 1 19 11.500v8a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 5 19.500v-8A1.500 1.500 0 0 1 6.500 10H7Zm2 0h6V7.500a3 3 0 0 0-6 0V10Z",
  reply: "M10 5.200v3.900c6.300.4 9.700 4.300 10.400 9.700.1.500-.6.8-.9.400-2.300-2.900-5.300-4.200-9.500-4.200v3.800c0 .6-.7.9-1.200.5L2.600 12.700a.9.9 0 0 1 0-1.400l6.200-6.600c.5-.4 1.200-.1 1.200.5Z",
  more: "M5 14a2 2 0 1 1 0-4 2 2 0 0 1 0 4Zm7 0a2 2 0 1 1 0-4 2 2 0 0 1 0 4Zm7 0a2 2 0 1 1 0-4 2 2 0 0 1 0 4Z",
  plus: "M13 4v7h7v2h-7v7h-2v-7H4v-2h7V4h2Z",
  close: "m6.400 5 5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600l5.600-5.600L5 6.400 6.400 5Z",
  down: "m12 15.500-6.700-6.700 1.400-1.400 5.300 5.300 5.300-5.300 1.400 1.400-6.700 6.700Z",
  right: "m9 18.700-1.400-1.400 5.300-5.300-5.300-5.300L9 5.300l6.700 6.700L9 18.700Z",
  left: "m15 18.700 1.400-1.400-5.300-5.300 5.300-5.300L15 5.300 8.300 12l6.700 6.700Z",
  sides: "M3 6h18v2H3V6Zm0 5h18v2H3v-2Zm0 5h18v2H3v-2Z",
  send: "M3.400 20.400 21 12 3.400 3.600 3.300 10l11 2-11 2 .1 6.400Z",
  check: "m9.500 17.300-5-5 1.400-1.400 3.600 3.600 8.600-8.600 1.400 1.400-10 10Z",
};

const SPACE = "http://www.w3.org/2000/svg";

export function icon(name, size = 20) {
  const root = document.createElementNS(SPACE, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, fill: "currentColor", "aria-hidden": "true", class: "icon" })) {
    root.setAttribute(key, value);
  }
  const path = document.createElementNS(SPACE, "path");
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill-rule", "evenodd");
  root.append(path);
  return root;
}

export const channelIcon = (channel, size) =>
  icon(channel.kind === "thread" ? "thread" : channel.kind === "dm" ? "person" : channel.private ? "lock" : "hash", size);
