import { logOut, useSession } from '@/api/session';
import { messageOf } from '@/api/errors';
import { IconButton } from '@/components/ui/button';
import { Menu } from '@/components/ui/menu';
import { toast } from '@/components/ui/toast';
import { setTheme, useTheme, type Theme } from '@/lib/theme';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';

const THEMES: { value: Theme; label: string; icon: typeof Sun }[] = [
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
  { value: 'system', label: 'Like the system', icon: Monitor },
];

export function ThemeMenu() {
  const theme = useTheme();
  const Icon = THEMES.find(item => item.value === theme)?.icon ?? Monitor;
  return (
    <Menu
      trigger={
        <IconButton label="Theme">
          <Icon className="size-4" />
        </IconButton>
      }
      items={THEMES.map(item => ({
        label: item.label,
        icon: <item.icon />,
        checked: item.value === theme,
        onSelect: () => setTheme(item.value),
      }))}
    />
  );
}

export function UserMenu() {
  const { user } = useSession();
  const client = useQueryClient();
  const navigate = useNavigate();
  const name = user?.name || user?.email || '';
  const signOut = async () => {
    try {
      await logOut();
      client.clear();
      await navigate({ to: '/login' });
    } catch (error) {
      toast.error('Not signed out', messageOf(error));
    }
  };
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={`Account of ${name}`}
          className="bg-accent-soft text-accent-text grid size-8 place-items-center rounded-full text-xs font-semibold uppercase"
        >
          {name.slice(0, 1) || <UserRound className="size-4" />}
        </button>
      }
      header={
        <>
          <span className="text-ink block text-sm font-medium">{user?.name || 'Signed in'}</span>
          {user?.email}
        </>
      }
      items={[
        {
          label: 'Profile and password',
          icon: <UserRound />,
          onSelect: () => void navigate({ to: '/settings/profile' }),
        },
        'separator',
        { label: 'Sign out', icon: <LogOut />, onSelect: () => void signOut() },
      ]}
    />
  );
}
