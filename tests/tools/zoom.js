// SPDX-License-Identifier: MIT
// zoom.js PICTURE: runs the script of a flame graph on the little of a document that it
// uses, clicks on a box and on the lowest, and prints where the boxes are then.
'use strict';
const svg = require('fs').readFileSync(process.argv[2], 'utf8');
const entity = {lt: '<', gt: '>', amp: '&', quot: '"'};
const plain = (text) => text.replace(/&(\w+);/g, (_, name) => entity[name]);

function element(attributes, children, text) {
  return {
    attributes, textContent: text, style: {}, clicked: null,
    getAttribute(name) { return this.attributes[name] ?? null; },
    setAttribute(name, value) { this.attributes[name] = String(value); },
    querySelector(name) { return children[name]; },
    addEventListener(event, f) { this.clicked = f; },
  };
}

const pattern = /<g class="f" data-x="(.*?)" data-w="(.*?)"><title>([^]*?)<\/title><rect.*?><text.*?>(.*?)<\/text><\/g>/g;
const boxes = [...svg.matchAll(pattern)].map((found) => element(
  {class: 'f', 'data-x': found[1], 'data-w': found[2]},
  {title: element({}, {}, plain(found[3])), rect: element({}, {}), text: element({}, {}, plain(found[4]))}));
const document = {querySelectorAll: () => boxes};
new Function('document', svg.match(/<!\[CDATA\[([^]*)\]\]>/)[1])(document);

function click(name) {
  console.log('click on ' + name);
  boxes.find((box) => box.label === name).clicked();
  for (const box of boxes) {
    const rect = box.querySelector('rect');
    const round = (key) => Math.round(rect.getAttribute(key) * 100) / 100;
    console.log(box.label + ': ' + (box.style.display === 'none' ? 'hidden' :
      `${round('x')} ${round('width')} ${box.getAttribute('class')} "${box.querySelector('text').textContent}"`));
  }
}
click('read_file');
click('all');
