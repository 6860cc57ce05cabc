/** Every page of the admin with the words by which people of other trackers look for it. */
import {
  ArrowLeftRight,
  BadgeDollarSign,
  BellRing,
  Building2,
  CalendarClock,
  ChartColumn,
  Coins,
  Globe,
  Handshake,
  Hourglass,
  Inbox,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  MailX,
  Megaphone,
  MousePointerClick,
  PanelTop,
  Radio,
  Send,
  Server,
  Share2,
  ShieldCheck,
  Target,
  UserRound,
  Users,
} from 'lucide-react';

export interface NavItem {
  to: string;
  label: string;
  icon: LucideIcon;
  /** Search parameters of the link. */
  search?: Record<string, string>;
  /** Words of other trackers and everyday synonyms. */
  words: string;
}

export interface NavGroup {
  label: string;
  items: NavItem[];
}

export const NAVIGATION: NavGroup[] = [
  {
    label: 'Overview',
    items: [
      { to: '/', label: 'Dashboard', icon: LayoutDashboard, words: 'home overview stats statistics today summary' },
      {
        to: '/report',
        label: 'Report',
        icon: ChartColumn,
        words:
          'reports statistics drilldown group trends analytics breakdown stats visits csv export roi saved views columns',
      },
      {
        to: '/costs',
        label: 'Costs',
        icon: Coins,
        words: 'update costs cost correction spend cpc import csv upload ad spend undo currency',
      },
      {
        to: '/share-links',
        label: 'Share links',
        icon: Share2,
        words: 'shared reports public link client access read only password expiry revoke',
      },
      {
        to: '/alerts',
        label: 'Alerts',
        icon: BellRing,
        words: 'notifications notify watch monitor threshold drop change telegram email webhook message',
      },
      {
        to: '/exports',
        label: 'Scheduled exports',
        icon: CalendarClock,
        words: 'scheduled reports export files csv parquet json daily weekly monthly automatic download',
      },
    ],
  },
  {
    label: 'Traffic',
    items: [
      {
        to: '/campaigns',
        label: 'Campaigns',
        icon: Megaphone,
        words: 'tracking link url flow flows path paths funnel rotation stream streams rules short link split test a/b',
      },
      {
        to: '/destinations',
        label: 'Destinations',
        icon: Target,
        words: 'offer offers lander landers landing page pages lp prelander url target payout',
      },
      {
        to: '/sources',
        label: 'Traffic sources',
        icon: Radio,
        words: 'ts source ad network parameters tokens subid sub id cid external click id cost macro s2s',
      },
      {
        to: '/networks',
        label: 'Affiliate networks',
        icon: Handshake,
        words: 'an affiliate network cpa network advertiser postback url s2s status payout tid transaction conversion',
      },
      { to: '/domains', label: 'Domains', icon: Globe, words: 'host custom tracking domain dns cname https tls' },
    ],
  },
  {
    label: 'Events',
    items: [
      {
        to: '/logs/clicks',
        label: 'Clicks',
        icon: MousePointerClick,
        words: 'click log visit visits visitor hits subid cid click id raw trafficback bots',
      },
      {
        to: '/logs/landing_clicks',
        label: 'Landing clicks',
        icon: PanelTop,
        words: 'landing click log lp click through ctr lander prelander time on page',
      },
      {
        to: '/logs/conversions',
        label: 'Conversions',
        icon: BadgeDollarSign,
        words: 'conversion log leads sales rebills deposits registrations events payout',
      },
      {
        to: '/logs/postbacks',
        label: 'Received postbacks',
        icon: Inbox,
        words: 'inbound incoming postback log s2s callback pixel why refused orphan duplicate',
      },
      {
        to: '/outputs',
        label: 'Outgoing postbacks',
        icon: Send,
        words: 'outbound postback template webhook s2s traffic source postback conversion api capi output',
      },
      {
        to: '/logs/deliveries',
        label: 'Deliveries',
        icon: ArrowLeftRight,
        words: 'delivery log sent postbacks retries failed dead outbound',
      },
      {
        to: '/logs/dead_letters',
        label: 'Dead letters',
        icon: MailX,
        words: 'dead letter queue dlq poison records refused not written lost replay retry errors',
      },
    ],
  },
];

export const SETTINGS: NavItem[] = [
  {
    to: '/settings/workspace',
    label: 'Workspace',
    icon: Building2,
    words: 'settings timezone currency exchange rates account tenant',
  },
  {
    to: '/settings/users',
    label: 'Users',
    icon: Users,
    words: 'settings team members people roles access permissions invite',
  },
  { to: '/settings/keys', label: 'API keys', icon: KeyRound, words: 'settings api token integration automation' },
  {
    to: '/settings/data',
    label: 'Retention',
    icon: Hourglass,
    words: 'settings data delete old clicks keep days storage',
  },
  {
    to: '/settings/privacy',
    label: 'Privacy',
    icon: ShieldCheck,
    words: 'settings privacy gdpr ip addresses anonymize truncate clear test data reset statistics',
  },
  {
    to: '/settings/system',
    label: 'System',
    icon: Server,
    words: 'settings health status version instance geo database about',
  },
  {
    to: '/settings/profile',
    label: 'Profile',
    icon: UserRound,
    words: 'settings my account password change sign out log out',
  },
];
