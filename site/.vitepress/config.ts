import { defineConfig } from 'vitepress'
import { packages, repository } from '../build/routes.js'
import { anchorOf } from '../build/sections.js'
import { sidebar } from './sidebar.ts'

const base = (process.env['SITE_BASE'] ?? '/') as `/${string}/`

export default defineConfig({
  title: 'Clew',
  description:
    'Logs, traces, metrics, health, security and a graceful server for the Node application you have',
  lang: 'en',
  srcDir: '.pages',
  outDir: 'dist',
  base,
  cleanUrls: true,
  // What the search finds is on the page; a link to nowhere ends the build.
  ignoreDeadLinks: false,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}logo.svg` }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf }, // the anchors of GitHub, where the same pages are read too
  },
  // The index of the search is one chunk, loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 8_000 } },
  themeConfig: {
    logo: '/logo.svg',
    nav: [
      { text: 'Getting started', link: '/getting-started', activeMatch: '^/getting-started' },
      {
        text: 'Guides',
        link: '/log/',
        activeMatch: `^/(${packages.join('|')})/`,
      },
      { text: 'Frameworks', link: '/frameworks/', activeMatch: '^/frameworks/' },
      { text: 'Recipes', link: '/recipes/', activeMatch: '^/recipes/' },
      { text: 'Coming from', link: '/coming-from/', activeMatch: '^/coming-from/' },
      { text: 'API', link: '/reference/', activeMatch: '^/reference/' },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3], label: 'On this page' },
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // Pages that explain before pages that list.
            boostDocument: (id) => (id.includes('/reference/') ? 0.4 : 1),
          },
        },
      },
    },
    socialLinks: [{ icon: 'github', link: repository }],
    externalLinkIcon: true,
    docFooter: { prev: 'Previous', next: 'Next' },
    footer: { message: 'MIT License' },
  },
})
